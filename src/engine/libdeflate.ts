import koffi from 'koffi';
import { firstLibrary } from './first-library.js';

/** libdeflate, which inflates whole gzip files in half of zlib's time. */
export interface Libdeflate {
  /**
   * Inflates gzip `bytes` (all members) into `out`, outside of this thread; nobody may touch either until it is done.
   * True only where they fill it exactly and every checksum is right.
   */
  gunzip(bytes: Uint8Array, out: Uint8Array): Promise<boolean>;
}

/** By platform. Bare names are for Linux alone: macOS and Windows would look for them in the current folder too. */
const NAMES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libdeflate.so.0'],
  darwin: ['/opt/homebrew/lib/libdeflate.0.dylib', '/usr/local/lib/libdeflate.0.dylib'],
};
const SUCCESS = 0;
/** Files of more members are left to others: each is a call of its own. */
const MEMBERS = 64;

/**
 * The system's library, or undefined where there is none. `$CUEMIX_LIBDEFLATE` names a file to take instead, or `off`
 * for none.
 */
export const libdeflate = firstLibrary(candidates, bind);

function candidates(): readonly string[] {
  const named = process.env.CUEMIX_LIBDEFLATE;
  if (named) return named === 'off' ? [] : [named];
  if (!['x64', 'arm64'].includes(process.arch)) return []; // sizes are taken to be of 64 bits
  return NAMES[process.platform] ?? [];
}

function bind(path: string): Libdeflate {
  const library = koffi.load(path);
  const start: () => unknown = library.func('libdeflate_alloc_decompressor', 'void *', []);
  const end: (handle: unknown) => void = library.func('libdeflate_free_decompressor', 'void', ['void *']);
  const memory = 'uint8_t *';
  const gzip = library.func('libdeflate_gzip_decompress_ex', 'int', [
    'void *',
    ...[memory, 'size_t', memory, 'size_t'],
    ...['uint64_t *', 'uint64_t *'],
  ]);
  const member = (...of: readonly unknown[]) =>
    new Promise<number>((resolve, reject) => {
      gzip.async(...of, (error: unknown, result: number) => (error ? reject(error) : resolve(result)));
    });
  return {
    async gunzip(bytes, out) {
      const handle = start();
      if (handle === null) return false;
      try {
        let [at, filled] = [0, 0];
        for (let members = 0; members < MEMBERS && at < bytes.length; members++) {
          const [used, made] = [new BigUint64Array(1), new BigUint64Array(1)];
          const [rest, room] = [bytes.subarray(at), out.subarray(filled)];
          const result = await member(handle, rest, rest.length, room, room.length, used, made);
          if (result !== SUCCESS) return false;
          at += Number(used[0]);
          filled += Number(made[0]);
        }
        return at === bytes.length && filled === out.length;
      } finally {
        end(handle);
      }
    },
  };
}
