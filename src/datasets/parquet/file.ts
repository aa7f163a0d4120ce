import * as zlib from 'node:zlib';
import {
  type AsyncBuffer,
  type Compressors,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  snappyUncompress,
} from 'hyparquet';
import { CuemixError, DatasetError } from '../../core/errors.js';
import { openInput } from '../../io/files/open-input.js';
import { fetchRange, type HttpOptions, isUrl, shownPath } from '../../io/http/http.js';

/** An opened Parquet file. */
export interface ParquetFile {
  readonly metadata: FileMetaData;
  /** Rows of each row group, which is read and unpacked as a whole. */
  readonly groups: readonly number[];
  /** Rows of these columns. Throws DatasetError E_FORMAT. */
  rows(columns: readonly string[], start: number, end: number): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

/** A piece that is asked for at once, and a page after unpacking. */
const MAX_BYTES = 1 << 30;
/** The mark at both ends, and the length of the metadata. */
const LEAST = 12;
const MAX_METADATA = 256 << 20;
const MAX_ROWS = 1e9;

/**
 * Opens a Parquet file, local or remote, and checks what its metadata promises.
 * @throws DatasetError E_FORMAT for a file that is none; StorageError
 */
export async function openParquet(path: string, http: HttpOptions = {}): Promise<ParquetFile> {
  const { file, close } = isUrl(path) ? await remote(path, http) : await local(path);
  const refuse = (cause: unknown) => {
    if (cause instanceof CuemixError) return cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new DatasetError(
      'E_FORMAT',
      `Expected a Parquet file at ${shownPath(path)} but cannot read it: ${reason}.`,
      {
        cause,
      },
    );
  };
  try {
    if (file.byteLength < LEAST) throw new Error(`it has ${file.byteLength} bytes`);
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    if (metadata.metadata_length > MAX_METADATA) throw new Error('its metadata is too large');
    const groups = metadata.row_groups.map(({ num_rows: rows }) => Number(rows));
    const sum = groups.reduce((total, rows) => total + rows, 0);
    if (groups.some((rows) => !(rows >= 0)) || sum !== Number(metadata.num_rows) || sum > MAX_ROWS)
      throw new Error(`its row groups hold ${sum} rows and not ${metadata.num_rows}`);
    return {
      metadata,
      groups,
      close,
      async rows(columns, start, end) {
        const read = { file, metadata, columns: [...columns], rowStart: start, rowEnd: end, compressors };
        try {
          const rows = await parquetReadObjects({ ...read, utf8: false, geoparquet: false });
          if (rows.length === end - start) return rows;
          throw new Error(`rows ${start} to ${end} are ${rows.length}`);
        } catch (error) {
          throw refuse(error);
        }
      },
    };
  } catch (error) {
    await close();
    throw refuse(error);
  }
}

type Unpack = (input: Uint8Array, length: number) => Uint8Array;

/** Never unpacks more than the page's header says, nor a page above the cap. */
function capped(unpack: Unpack): Unpack {
  return (input, length) => {
    if (length > MAX_BYTES) throw new Error(`a page of ${length} bytes is too large`);
    return unpack(input, length);
  };
}

const compressors: Compressors = {
  SNAPPY: capped((input, length) => {
    const output = new Uint8Array(length);
    snappyUncompress(input, output);
    return output;
  }),
  GZIP: capped((input, length) => zlib.gunzipSync(input, { maxOutputLength: Math.max(1, length) })),
  BROTLI: capped((input, length) =>
    zlib.brotliDecompressSync(input, { maxOutputLength: Math.max(1, length) }),
  ),
  ZSTD: capped((input, length) => {
    const { zstdDecompressSync } = zlib as { zstdDecompressSync?: typeof zlib.brotliDecompressSync };
    if (zstdDecompressSync === undefined)
      throw new Error(`it is packed by zstd, which needs Node 22.15 or newer (this is ${process.version})`);
    return zstdDecompressSync(input, { maxOutputLength: Math.max(1, length) });
  }),
};

interface Opened {
  readonly file: AsyncBuffer;
  close(): Promise<void>;
}

async function local(path: string): Promise<Opened> {
  const { handle, stats } = await openInput(path);
  const { size } = stats;
  const slice = async (start: number, end = size): Promise<ArrayBuffer> => {
    const bytes = new Uint8Array(checkedLength(start, end, size));
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
      if (bytesRead === 0) throw new Error('it ends early');
      done += bytesRead;
    }
    return bytes.buffer;
  };
  return { file: { byteLength: size, slice }, close: () => handle.close() };
}

async function remote(url: string, http: HttpOptions): Promise<Opened> {
  const same = await fetchRange(url, 0, 8, http);
  const { total } = same;
  const slice = async (start: number, end = total): Promise<ArrayBuffer> => {
    const { bytes } = await fetchRange(url, start, checkedLength(start, end, total), { ...http, same });
    return Uint8Array.from(bytes).buffer;
  };
  return { file: { byteLength: total, slice }, close: () => Promise.resolve() };
}

function checkedLength(start: number, end: number, size: number): number {
  if (start < 0 || end > size || start > end || end - start > MAX_BYTES)
    throw new Error(`it points to bytes ${start} to ${end} of ${size}`);
  return end - start;
}
