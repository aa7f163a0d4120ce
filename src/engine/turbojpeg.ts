import { firstLibrary } from './first-library.js';
import { bindTurboJpeg, type JpegFrame, type JpegPart, RGB, turboJpegFiles } from './turbojpeg-library.js';

/** libjpeg-turbo in this thread. Every call may throw Error with the library's words. */
export interface TurboJpeg {
  frame(bytes: Uint8Array): JpegFrame;
  /**
   * Decodes a part as RGB rows of `width * 3` bytes into `out`. Any warning is an error. `scale`: of the picture at 1/2,
   * 1/4 or 1/8 of its size (sides rounded up); the part is one of that, and `left` a multiple of `unit / scale`.
   */
  decode(bytes: Uint8Array, part: JpegPart, frame: JpegFrame, out: Uint8Array, scale?: 1 | 2 | 4 | 8): void;
}

/** The library, or undefined where there is none. */
export const turboJpeg = firstLibrary(turboJpegFiles, bind);

function bind(path: string): TurboJpeg {
  const library = bindTurboJpeg(path);
  let handle: unknown;
  return {
    frame(bytes) {
      if (handle !== undefined) library.destroy(handle);
      handle = undefined;
      handle = library.decompressor();
      return library.frame(handle, bytes);
    },
    decode(bytes, part, frame, out, scale = 1) {
      library.aim(handle, frame, part, out, scale);
      library.must(handle, library.decode(handle, bytes, bytes.length, out, part.width * 3, RGB));
    },
  };
}
