import { type FileHandle, open, stat } from 'node:fs/promises';
import { DecodeError } from '../../core/errors.js';
import { EXTENSION_LIMIT, parseExtensions } from './extensions.js';
import { inflate } from './gather.js';
import type { NiftiExtension, NiftiHeader } from './header.js';
import { voxelBytes } from './header.js';
import { parseHeader } from './parse.js';
import { HEADER_BYTES, LONGEST_HEADER } from './validate.js';

/** A deflate stream grows at most 1032 times, so a header that promises more is lying. */
const MOST_GROWTH = 1032;

/** Bytes that are read and inflated at a time where little is wanted. */
const PREFIX_CHUNK = 4096;

/** A file that is there, is a plain file, and whose compression is known from its content. */
export interface Located {
  readonly path: string;
  readonly bytes: number;
  readonly gzip: boolean;
}

/** A NIfTI file whose header was read and checked; voxels are still on disk. */
export interface OpenedNifti {
  readonly header: NiftiHeader;
  readonly extensions: readonly NiftiExtension[];
  /** The file that holds the voxels: the .img of a pair, else the file itself. */
  readonly voxels: Located;
}

/** Runs `use` on an open file and closes it; a missing file is a DecodeError E_MISSING. */
export async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new DecodeError('E_MISSING', path, `the file cannot be opened (${reason}).`, { cause: error });
  }
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

async function locate(path: string): Promise<Located> {
  // Before it is opened: opening a pipe would wait for its other end.
  const kind = await stat(path).catch(() => undefined);
  if (kind !== undefined && !kind.isFile()) throw new DecodeError('E_MISSING', path, 'it is not a file.');
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    if (size === 0) throw new DecodeError('E_EMPTY', path, 'the file is empty.');
    const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0);
    return { path, bytes: size, gzip: buffer[0] === 0x1f && buffer[1] === 0x8b };
  });
}

/** The first `length` bytes of the content, or fewer where it ends. */
async function prefix(file: Located, length: number, signal?: AbortSignal): Promise<Uint8Array> {
  const out = new Uint8Array(length);
  let filled = 0;
  if (file.gzip) {
    for await (const chunk of inflate(file.path, signal, PREFIX_CHUNK)) {
      const part = chunk.subarray(0, length - filled);
      out.set(part, filled);
      filled += part.length;
      if (filled === length) break;
    }
  } else {
    filled = await withFile(file.path, async (handle) => (await handle.read(out, 0, length, 0)).bytesRead);
  }
  return out.subarray(0, filled);
}

/** Names that the other half of a pair may have, likeliest first. */
function partners(path: string, extension: 'hdr' | 'img'): string[] {
  const match = /\.(hdr|img)(\.gz)?$/i.exec(path);
  if (match === null) return [];
  const stem = path.slice(0, match.index);
  const name = match[1] === match[1]!.toUpperCase() ? extension.toUpperCase() : extension;
  const zipped = match[2] ?? '';
  return zipped === ''
    ? [`${stem}.${name}`, `${stem}.${name}.gz`]
    : [`${stem}.${name}${zipped}`, `${stem}.${name}`];
}

async function locatePartner(path: string, extension: 'hdr' | 'img'): Promise<Located> {
  const names = partners(path, extension);
  for (const name of names) {
    try {
      return await locate(name);
    } catch (error) {
      if (!(error instanceof DecodeError) || error.code !== 'E_MISSING') throw error;
    }
  }
  const wanted = names.length === 0 ? `named .${extension}` : names.join(' or ');
  throw new DecodeError('E_MISSING', path, `its other half, ${wanted}, is not there.`);
}

/** Refuses a header that promises more than its file can hold, before anything is allocated. */
function checkPromise(header: NiftiHeader, voxels: Located): void {
  const end = header.voxOffset + voxelBytes(header);
  if (voxels.gzip ? end > voxels.bytes * MOST_GROWTH : end > voxels.bytes) {
    const held = voxels.gzip ? `${voxels.bytes} bytes of gzip, too few for that` : `${voxels.bytes}`;
    const size = `${header.dims.join(' x ')} voxels of ${header.datatype.name}`;
    throw new DecodeError('E_TRUNCATED', voxels.path, `${size} end at byte ${end} but the file has ${held}.`);
  }
}

/**
 * Reads and checks the header (and extensions) of a NIfTI file: .nii, .nii.gz, or either half of a .hdr/.img pair.
 * Compression is told by content, not by name. Reads no voxels.
 *
 * @throws DecodeError E_MISSING, E_EMPTY, E_TRUNCATED, E_BAD_MAGIC, E_BAD_HEADER, E_UNSUPPORTED, E_CORRUPT, E_TOO_LARGE
 */
export async function openNifti(path: string, signal?: AbortSignal): Promise<OpenedNifti> {
  const file = /\.img(\.gz)?$/i.test(path) ? await locatePartner(path, 'hdr') : await locate(path);
  const head = await prefix(file, LONGEST_HEADER, signal);
  const header = parseHeader(head, file.path);
  if (header.pair !== /\.hdr(\.gz)?$/i.test(file.path)) {
    const reason = header.pair
      ? 'its magic says that the voxels are in an .img file, but it is not named .hdr.'
      : 'its magic says that the voxels follow in the same file, but it is named .hdr; name it .nii if that is so.';
    throw new DecodeError('E_BAD_MAGIC', path, reason);
  }
  const voxels = header.pair ? await locatePartner(file.path, 'img') : file;
  checkPromise(header, voxels);
  const flagged = (head[HEADER_BYTES[header.version]] ?? 0) !== 0;
  const { extensions, warnings } = flagged ? await readExtensions(file, header, signal) : NO_EXTENSIONS;
  return { header: { ...header, warnings: [...header.warnings, ...warnings] }, extensions, voxels };
}

const NO_EXTENSIONS = { extensions: [], warnings: [] };

/** Extensions fill the space between the fixed header and the voxels, or the rest of a .hdr file. */
async function readExtensions(file: Located, header: NiftiHeader, signal?: AbortSignal) {
  const start = HEADER_BYTES[header.version];
  const all = file.gzip ? file.bytes * MOST_GROWTH : file.bytes;
  const end = header.pair ? all : header.voxOffset;
  const bytes = await prefix(file, Math.min(end, start + EXTENSION_LIMIT + 1), signal);
  return parseExtensions(bytes.subarray(start), header.littleEndian, file.path);
}
