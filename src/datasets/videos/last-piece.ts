import type { FileHandle } from 'node:fs/promises';

/** Tags or blocks that are looked at; one of a hostile file may have one or two bytes. */
const MAX_PIECES = 1_000_000;

/** Bytes of a file; zeros behind its end. */
export async function read(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await file.read(buffer, 0, length, at);
  return buffer;
}

/** Extensions and pictures of a GIF by their own lengths, down to the trailer; one without a trailer may be whole. */
export async function missingInGif(file: FileHandle, bytes: number): Promise<string | undefined> {
  const cut = 'its last picture is not whole';
  let [at, start, count] = [10, 0, 0];
  let window: Buffer = Buffer.alloc(0);
  const next = async (): Promise<number> => {
    if (at >= bytes) return -1;
    if (at >= start + window.length) {
      window = await read(file, at, Math.min(256 * 1024, bytes - at));
      start = at;
    }
    return window[at++ - start]!;
  };
  const colours = (flags: number) => ((flags & 0x80) === 0 ? 0 : 3 * 2 ** ((flags & 7) + 1));
  at = 13 + colours(await next());
  for (;;) {
    if (at > bytes) return cut;
    const kind = await next();
    if (kind !== 0x21 && kind !== 0x2c) return undefined; // the trailer, the end, or damage for the demuxer to name
    at += kind === 0x21 ? 1 : 8;
    if (kind === 0x2c) {
      const flags = await next();
      at += colours(flags) + 1;
    }
    let length: number;
    do {
      length = await next();
      if (length < 0) return cut;
      at += length;
      if (++count > MAX_PIECES) return undefined;
    } while (length > 0);
  }
}

/** The tags of an FLV by their own lengths. */
export async function missingInFlv(file: FileHandle, bytes: number): Promise<string | undefined> {
  for (let at = 13, count = 0; at < bytes && count < MAX_PIECES; count++) {
    const head = await read(file, at, 4);
    if (![8, 9, 18].includes(head[0]! & 31)) return undefined; // damage, for the demuxer to name
    at += 15 + head.readUIntBE(1, 3);
    if (at > bytes) return `its last tag needs ${at - bytes} bytes more`;
  }
  return undefined;
}

const LONGEST_PAGE = 27 + 255 + 255 * 255;

/** The last page of an Ogg file by its own length. */
export async function missingInOgg(file: FileHandle, bytes: number): Promise<string | undefined> {
  const length = Math.min(bytes, LONGEST_PAGE);
  const tail = await read(file, bytes - length, length);
  const at = tail.lastIndexOf('OggS');
  if (at < 0) return undefined;
  const segments = tail[at + 26];
  const sizes = tail.subarray(at + 27, at + 27 + (segments ?? 0));
  const end = at + 27 + sizes.length + sizes.reduce((sum, size) => sum + size, 0);
  if (segments !== undefined && sizes.length === segments && end <= tail.length) return undefined;
  return 'its last page is not whole';
}

const TS_PACKET = 188;

/** The last packet of an MPEG transport stream. */
export function missingInTs(bytes: number): string | undefined {
  const rest = bytes % TS_PACKET;
  return rest === 0 ? undefined : `its last packet needs ${TS_PACKET - rest} bytes more`;
}
