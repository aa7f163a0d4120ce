import koffi from 'koffi';
import { firstLibrary } from './first-library.js';
import { type JpegFrame, type JpegPart, turboJpegFiles, UNITS } from './turbojpeg.js';

/** A JPEG whose header was read; `close` it after use. */
interface OpenJpeg {
  readonly frame: JpegFrame;
  /**
   * Decodes a part of the picture at 1 / `scale` of its size as `TurboJpeg.decode` does, outside of this thread; nobody
   * may touch the bytes or `out` until it is done. Rejects with the library's words at anything odd.
   */
  decode(part: JpegPart, out: Uint8Array, scale: 1 | 2 | 4 | 8): Promise<void>;
  close(): void;
}

/** libjpeg-turbo outside of this thread, any number of calls at once. */
export interface JpegCodec {
  /** Throws Error for a file that is none. */
  open(bytes: Uint8Array): OpenJpeg;
  /**
   * RGB rows as a baseline JPEG with the standard tables, chroma in full (`444`) or halved along both sides (`420`).
   * With `restart`, a marker after every so many blocks (MCUs), and tables made for the picture.
   */
  encode(
    pixels: Uint8Array,
    size: { readonly width: number; readonly height: number },
    quality: number,
    chroma?: '444' | '420',
    restart?: number,
  ): Promise<Uint8Array>;
}

// Of the enumerations in turbojpeg.h 3.0
const COMPRESS = 0;
const DECOMPRESS = 1;
const STOP_ON_WARNING = 0;
const QUALITY = 3;
const SUBSAMPLING = 4;
const WIDTH = 5;
const HEIGHT = 6;
const OPTIMIZE = 11;
const RESTART = 18;
const SAMPLING = { '444': 0, '420': 2 };
const RGB = 0;

/** The library that `turboJpeg` finds too, or undefined where there is none. */
export const jpegCodec = firstLibrary(turboJpegFiles, bind);

function bind(path: string): JpegCodec {
  const library = koffi.load(path);
  const region = koffi.struct({ x: 'int', y: 'int', w: 'int', h: 'int' });
  const factor = koffi.struct({ num: 'int', denom: 'int' });
  const init: (kind: number) => unknown = library.func('tj3Init', 'void *', ['int']);
  const destroy: (handle: unknown) => void = library.func('tj3Destroy', 'void', ['void *']);
  const header = library.func('tj3DecompressHeader', 'int', ['void *', 'const uint8_t *', 'size_t']);
  const get = library.func('tj3Get', 'int', ['void *', 'int']);
  const set = library.func('tj3Set', 'int', ['void *', 'int', 'int']);
  const crop = library.func('tj3SetCroppingRegion', 'int', ['void *', region]);
  const reduce = library.func('tj3SetScalingFactor', 'int', ['void *', factor]);
  const pixels = ['uint8_t *', 'int', 'int'];
  const decode = library.func('tj3Decompress8', 'int', ['void *', 'const uint8_t *', 'size_t', ...pixels]);
  const source = ['const uint8_t *', 'int', 'int', 'int', 'int'];
  const encode = library.func('tj3Compress8', 'int', ['void *', ...source, 'uint64_t *', 'size_t *']);
  const free: (memory: bigint) => void = library.func('tj3Free', 'void', ['void *']);
  const problem = library.func('tj3GetErrorStr', 'const char *', ['void *']);
  const must = (handle: unknown, result: number): void => {
    if (result !== 0) throw new Error(String(problem(handle)));
  };
  const beside = (call: { async: (...of: unknown[]) => unknown }, handle: unknown, ...of: unknown[]) =>
    new Promise<void>((resolve, reject) => {
      call.async(handle, ...of, (error: unknown, result: number) => {
        try {
          if (error) throw error;
          resolve(must(handle, result));
        } catch (failure) {
          reject(failure);
        }
      });
    });
  return {
    open(bytes) {
      const handle = init(DECOMPRESS); // a new one: a used one would lend its tables to pictures that lack their own
      const close = () => destroy(handle);
      try {
        must(handle, set(handle, STOP_ON_WARNING, 1));
        must(handle, header(handle, bytes, bytes.length));
        const unit = UNITS[get(handle, SUBSAMPLING)];
        if (unit === undefined) throw new Error('an unknown subsampling');
        const frame = { width: get(handle, WIDTH), height: get(handle, HEIGHT), unit };
        return {
          frame,
          close,
          async decode({ top, left, width, height }, out, scale) {
            if (out.length < width * height * 3) throw new RangeError('The output is too small.');
            must(handle, reduce(handle, { num: 1, denom: scale }));
            const all =
              width === Math.ceil(frame.width / scale) && height === Math.ceil(frame.height / scale);
            const part = all ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: width, h: height };
            must(handle, crop(handle, part));
            await beside(decode, handle, bytes, bytes.length, out, width * 3, RGB);
          },
        };
      } catch (error) {
        close();
        throw error;
      }
    },
    async encode(data, { width, height }, quality, chroma = '444', restart = 0) {
      if (data.length !== width * height * 3) throw new RangeError('The pixels do not have that size.');
      const handle = init(COMPRESS);
      const [address, length] = [new BigUint64Array(1), new BigUint64Array(1)];
      try {
        must(handle, set(handle, QUALITY, quality));
        must(handle, set(handle, SUBSAMPLING, SAMPLING[chroma]));
        must(handle, set(handle, OPTIMIZE, Number(restart > 0)));
        must(handle, set(handle, RESTART, restart));
        await beside(encode, handle, data, width, width * 3, height, RGB, address, length);
        return koffi.decode(address[0], 'uint8_t', Number(length[0])) as Uint8Array;
      } finally {
        if (address[0] !== 0n) free(address[0]!);
        destroy(handle);
      }
    },
  };
}
