import type { FileHandle } from 'node:fs/promises';
import type { Container } from './container.js';
import { missingInFlv, missingInGif, missingInOgg, missingInTs, read } from './last-piece.js';

/** Top-level boxes of an MP4 that are looked at; files of a camera have few, streams cut in fragments thousands. */
const MAX_BOXES = 200_000;

/**
 * What is missing at a file's end by its container's own lengths, in words that finish "the file is cut off: …"; or
 * undefined where all is there or the container does not say. Reads lengths only.
 */
export async function missingEnd(
  file: FileHandle,
  bytes: number,
  container: Container,
): Promise<string | undefined> {
  if (container === 'mp4') return missingBoxes(file, bytes);
  if (container === 'matroska') return missingSegment(file, bytes);
  if (container === 'avi') {
    const declared = (await read(file, 4, 4)).readUInt32LE() + 8;
    return declared > bytes + 1 ? `its header says ${declared} bytes, there are ${bytes}` : undefined;
  }
  if (container === 'gif') return missingInGif(file, bytes);
  if (container === 'flv') return missingInFlv(file, bytes);
  if (container === 'ogg') return missingInOgg(file, bytes);
  if (container === 'mpegts') return missingInTs(bytes);
  return undefined;
}

async function missingBoxes(file: FileHandle, bytes: number): Promise<string | undefined> {
  let at = 0;
  let [index, frames] = [false, false];
  for (let count = 0; at + 8 <= bytes && count < MAX_BOXES; count++) {
    const head = await read(file, at, 16);
    const type = head.toString('latin1', 4, 8);
    const short = head.readUInt32BE();
    const size = short === 1 ? Number(head.readBigUInt64BE(8)) : short === 0 ? bytes - at : short;
    if (index && frames && !/^[\x20-\x7e\xa9]{4}$/.test(type)) return undefined; // all is there; then comes rubbish
    index ||= type === 'moov';
    frames ||= type === 'mdat';
    if (size < 8) return undefined; // damage, for the demuxer to name
    if (at + size > bytes) return `the box ${JSON.stringify(type)} needs ${at + size - bytes} bytes more`;
    at += size;
  }
  return index ? undefined : 'it has no index (moov)';
}

async function missingSegment(file: FileHandle, bytes: number): Promise<string | undefined> {
  const head = await read(file, 0, 64);
  const first = sizeAt(head, 4);
  if (first === undefined || first.next + first.size + 12 > head.length) return undefined;
  const segment = first.next + first.size;
  if (head.readUInt32BE(segment) !== 0x18538067) return undefined;
  const size = sizeAt(head, segment + 4);
  if (size === undefined) return undefined;
  if (size.size < 0) return missingElement(file, bytes, size.next);
  const end = size.next + size.size;
  return end > bytes ? `its segment needs ${end - bytes} bytes more` : undefined;
}

const CLUSTER = '1f43b675';

/** Elements of a segment and of a cluster, by their ids: a cluster without a length is looked at block by block. */
const ELEMENTS = new Set([
  ...[CLUSTER, '114d9b74', '1549a966', '1654ae6b', '1c53bb6b', '1254c367', '1043a770', '1941a469'],
  ...['e7', 'a3', 'a0', 'a7', 'ab', 'ec', 'bf'],
]);

/** What the last element of a live stream lacks; its segment says no length, but the elements do. */
async function missingElement(file: FileHandle, bytes: number, start: number): Promise<string | undefined> {
  let at = start;
  for (let count = 0; at + 12 <= bytes && count < MAX_BOXES; count++) {
    const head = await read(file, at, 12);
    const idLength = Math.clz32(head[0]!) - 23;
    const id = head.toString('hex', 0, idLength);
    const size = ELEMENTS.has(id) ? sizeAt(head, idLength) : undefined;
    if (size === undefined || (size.size < 0 && id !== CLUSTER)) return undefined; // damage, for the demuxer to name
    const end = at + size.next + Math.max(0, size.size);
    if (end > bytes) return `its last element needs ${end - bytes} bytes more`;
    at = end;
  }
  return undefined;
}

/** An EBML length; -1 for "unknown", as live streams say. */
function sizeAt(head: Buffer, at: number): { readonly size: number; readonly next: number } | undefined {
  const first = head[at];
  if (first === undefined || first === 0) return undefined;
  const length = Math.clz32(first) - 23;
  let size = first & ((1 << (8 - length)) - 1);
  let unknown = size === (1 << (8 - length)) - 1;
  for (let i = 1; i < length; i++) {
    const byte = head[at + i] ?? 0;
    unknown &&= byte === 0xff;
    size = size * 256 + byte;
  }
  return { size: unknown ? -1 : size, next: at + length };
}
