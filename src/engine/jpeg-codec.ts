import koffi from 'koffi';
import { firstLibrary } from './first-library.js';
import { bindTurboJpeg, type JpegFrame, type JpegPart, RGB, turboJpegFiles } from './turbojpeg-library.js';

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

// Of the enumeration TJPARAM in turbojpeg.h 3.0
const QUALITY = 3;
const SUBSAMPLING = 4;
const OPTIMIZE = 11;
const RESTART = 18;
const SAMPLING = { '444': 0, '420': 2 };

/** The library that `turboJpeg` finds too, or undefined where there is none. */
export const jpegCodec = firstLibrary(turboJpegFiles, bind);

function bind(path: string): JpegCodec {
  const library = bindTurboJpeg(path);
  const beside = (call: { async: (...of: unknown[]) => unknown }, handle: unknown, ...of: unknown[]) =>
    new Promise<void>((resolve, reject) => {
      call.async(handle, ...of, (error: unknown, result: number) => {
        try {
          if (error) throw error;
          resolve(library.must(handle, result));
        } catch (failure) {
          reject(failure);
        }
      });
    });
  return {
    open(bytes) {
      const handle = library.decompressor();
      const close = () => library.destroy(handle);
      try {
        const frame = library.frame(handle, bytes);
        return {
          frame,
          close,
          async decode(part, out, scale) {
            library.aim(handle, frame, part, out, scale);
            await beside(library.decode, handle, bytes, bytes.length, out, part.width * 3, RGB);
          },
        };
      } catch (error) {
        close();
        throw error;
      }
    },
    async encode(data, { width, height }, quality, chroma = '444', restart = 0) {
      if (data.length !== width * height * 3) throw new RangeError('The pixels do not have that size.');
      const handle = library.compressor();
      const [address, length] = [new BigUint64Array(1), new BigUint64Array(1)];
      try {
        library.set(handle, QUALITY, quality);
        library.set(handle, SUBSAMPLING, SAMPLING[chroma]);
        library.set(handle, OPTIMIZE, Number(restart > 0));
        library.set(handle, RESTART, restart);
        await beside(library.encode, handle, data, width, width * 3, height, RGB, address, length);
        return koffi.decode(address[0], 'uint8_t', Number(length[0])) as Uint8Array;
      } finally {
        if (address[0] !== 0n) library.free(address[0]!);
        library.destroy(handle);
      }
    },
  };
}
