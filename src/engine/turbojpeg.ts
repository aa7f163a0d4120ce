import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';
import { firstLibrary } from './first-library.js';

/** Extents and sampling of a JPEG. */
export interface JpegFrame {
  readonly width: number;
  readonly height: number;
  /** Width of its smallest block that can be decoded by itself (iMCU), in pixels. */
  readonly unit: number;
}

/** A rectangle of pixels; `left` must be a multiple of the frame's `unit`. */
export interface JpegPart {
  readonly top: number;
  readonly left: number;
  readonly width: number;
  readonly height: number;
}

/** libjpeg-turbo's TurboJPEG API, version 3, in this thread. Every call may throw Error with the library's words. */
export interface TurboJpeg {
  frame(bytes: Uint8Array): JpegFrame;
  /**
   * Decodes a part as RGB rows of `width * 3` bytes into `out`. Any warning is an error. `scale`: of the picture at 1/2,
   * 1/4 or 1/8 of its size (sides rounded up); the part is one of that, and `left` a multiple of `unit / scale`.
   */
  decode(bytes: Uint8Array, part: JpegPart, frame: JpegFrame, out: Uint8Array, scale?: 1 | 2 | 4 | 8): void;
}

// Of the enumeration TJPARAM in turbojpeg.h 3.0
const STOP_ON_WARNING = 0;
const SUBSAMPLING = 4;
const WIDTH = 5;
const HEIGHT = 6;
const RGB = 0; // TJPF_RGB
const DECOMPRESS = 1; // TJINIT_DECOMPRESS
/** iMCU width by TJSAMP: 444, 422, 420, grey, 440, 411, 441. */
export const UNITS = [8, 16, 16, 8, 8, 32, 8];

/**
 * The library, or undefined where there is none. It is looked for at `$CUEMIX_TURBOJPEG` (a file; `off` for none) and
 * in the optional package `@julusian/jpeg-turbo`, whose install script is not needed.
 */
export const turboJpeg = firstLibrary(turboJpegFiles, bind);

/** Where {@link turboJpeg} is looked for. */
export function turboJpegFiles(): string[] {
  const named = process.env.CUEMIX_TURBOJPEG;
  if (named) return named === 'off' ? [] : [named];
  try {
    const root = dirname(createRequire(import.meta.url).resolve('@julusian/jpeg-turbo/package.json'));
    const folder = join(root, 'prebuilds', `jpeg-turbo-${process.platform}-${process.arch}`);
    return [folder, `${folder}-musl`].flatMap((one) => {
      const names = existsSync(one) ? readdirSync(one) : [];
      return names.filter((name) => /turbojpeg.*\.(so|dylib|dll)/.test(name)).map((name) => join(one, name));
    });
  } catch {
    return []; // the optional package is not installed
  }
}

function bind(path: string): TurboJpeg {
  const library = koffi.load(path);
  // Anonymous types: a named one can be made once per process only, but every thread binds.
  const region = koffi.struct({ x: 'int', y: 'int', w: 'int', h: 'int' });
  const factor = koffi.struct({ num: 'int', denom: 'int' });
  const init: (kind: number) => unknown = library.func('tj3Init', 'void *', ['int']);
  const header = library.func('tj3DecompressHeader', 'int', ['void *', 'const uint8_t *', 'size_t']);
  const get = library.func('tj3Get', 'int', ['void *', 'int']);
  const set = library.func('tj3Set', 'int', ['void *', 'int', 'int']);
  const crop = library.func('tj3SetCroppingRegion', 'int', ['void *', region]);
  const reduce = library.func('tj3SetScalingFactor', 'int', ['void *', factor]);
  const run = library.func('tj3Decompress8', 'int', [
    'void *',
    'const uint8_t *',
    'size_t',
    'uint8_t *',
    'int',
    'int',
  ]);
  const problem = library.func('tj3GetErrorStr', 'const char *', ['void *']);
  const destroy = library.func('tj3Destroy', 'void', ['void *']);
  let handle: unknown;
  let reduced = 1;
  const must = (result: number) => {
    if (result !== 0) throw new Error(String(problem(handle)));
  };
  // A used handle would lend the tables of the picture before to one that lacks its own.
  const renew = () => {
    if (handle !== undefined) destroy(handle);
    handle = init(DECOMPRESS);
    reduced = 1;
    must(set(handle, STOP_ON_WARNING, 1));
  };
  renew();
  return {
    frame(bytes) {
      renew();
      must(header(handle, bytes, bytes.length));
      const unit = UNITS[get(handle, SUBSAMPLING)];
      if (unit === undefined) throw new Error('an unknown subsampling');
      return { width: get(handle, WIDTH), height: get(handle, HEIGHT), unit };
    },
    decode(bytes, { top, left, width, height }, frame, out, scale = 1) {
      if (out.length < width * height * 3) throw new RangeError('The output is too small.');
      if (scale !== reduced) {
        must(reduce(handle, { num: 1, denom: scale }));
        reduced = scale;
      }
      const whole = width === Math.ceil(frame.width / scale) && height === Math.ceil(frame.height / scale);
      must(crop(handle, whole ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: width, h: height }));
      try {
        must(run(handle, bytes, bytes.length, out, width * 3, RGB));
      } finally {
        crop(handle, { x: 0, y: 0, w: 0, h: 0 });
      }
    },
  };
}
