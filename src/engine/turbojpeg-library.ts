import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import koffi from 'koffi';

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

// Of the enumerations in turbojpeg.h 3.0
const COMPRESS = 0;
const DECOMPRESS = 1;
const STOP_ON_WARNING = 0;
const SUBSAMPLING = 4;
const WIDTH = 5;
const HEIGHT = 6;
/** Pixels as red, green, blue. */
export const RGB = 0;
/** iMCU width by TJSAMP: 444, 422, 420, grey, 440, 411, 441. */
const UNITS = [8, 16, 16, 8, 8, 32, 8];

/**
 * Where libjpeg-turbo is looked for: at `$CUEMIX_TURBOJPEG` (a file; `off` for none) and in the optional package
 * `@julusian/jpeg-turbo`, whose install script is not needed.
 */
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

/**
 * The functions of libjpeg-turbo's TurboJPEG API, version 3, at `path`. What fails throws Error with its words.
 * Throws Error where `path` is not that library.
 */
export function bindTurboJpeg(path: string) {
  const library = koffi.load(path);
  // Anonymous types: a named one can be made once per process only, but every thread binds.
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
  return {
    /** `tj3Decompress8` and `tj3Compress8`, for a call in this thread or beside it; `must` judges what they give. */
    decode,
    encode,
    must,
    free,
    destroy,
    compressor: () => init(COMPRESS),
    /** One for each picture: a used one would lend its tables to a picture that lacks its own. Any warning is an error. */
    decompressor(): unknown {
      const handle = init(DECOMPRESS);
      must(handle, set(handle, STOP_ON_WARNING, 1));
      return handle;
    },
    set(handle: unknown, parameter: number, value: number): void {
      must(handle, set(handle, parameter, value));
    },
    frame(handle: unknown, bytes: Uint8Array): JpegFrame {
      must(handle, header(handle, bytes, bytes.length));
      const unit = UNITS[get(handle, SUBSAMPLING)];
      if (unit === undefined) throw new Error('an unknown subsampling');
      return { width: get(handle, WIDTH), height: get(handle, HEIGHT), unit };
    },
    /** Makes the next decoding give that part of the picture at 1 / `scale` of its size, which must fit into `out`. */
    aim(handle: unknown, frame: JpegFrame, part: JpegPart, out: Uint8Array, scale: 1 | 2 | 4 | 8): void {
      const { top, left, width, height } = part;
      if (out.length < width * height * 3) throw new RangeError('The output is too small.');
      must(handle, reduce(handle, { num: 1, denom: scale }));
      const whole = width === Math.ceil(frame.width / scale) && height === Math.ceil(frame.height / scale);
      must(
        handle,
        crop(handle, whole ? { x: 0, y: 0, w: 0, h: 0 } : { x: left, y: top, w: width, h: height }),
      );
    },
  };
}
