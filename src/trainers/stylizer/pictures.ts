import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import fastGlob from 'fast-glob';
import { DatasetError } from '../../core/errors.js';

/** A decoded picture: red, green, blue bytes, row by row. */
export interface Pixels {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** Larger pictures are reduced to this side when read: no crop needs more. */
const MAX_SIDE = 1024;
/** What sharp may open: 64 megapixels. */
const MAX_PIXELS = 64e6;

/** Picture files below the folders, each folder sorted by name. Throws `DatasetError` for an empty folder. */
export async function listPictures(folders: readonly string[]): Promise<string[]> {
  const lists = await Promise.all(
    folders.map(async (folder) => {
      const found = await fastGlob('**/*.{jpg,jpeg,png,webp}', {
        cwd: folder,
        absolute: true,
        caseSensitiveMatch: false,
        followSymbolicLinks: false,
      });
      if (found.length === 0) {
        throw new DatasetError(
          'E_EMPTY',
          `Expected pictures (jpg, png, webp) in ${resolve(folder)} but found none.`,
        );
      }
      return found.sort();
    }),
  );
  return lists.flat();
}

/** Splits off every `nth` file (the last of each run of n) for figures on pictures never trained on; 0 keeps all. */
export function holdOut(files: readonly string[], nth: number): { train: string[]; held: string[] } {
  const isHeld = (index: number): boolean => nth > 0 && index % nth === nth - 1;
  return {
    train: files.filter((_, index) => !isHeld(index)),
    held: files.filter((_, index) => isHeld(index)),
  };
}

/** Decodes a file upright, in sRGB, three channels, long side at most 1024. */
export async function decodePicture(path: string): Promise<Pixels> {
  const { default: sharp } = await import('sharp');
  const { data, info } = await sharp(await readFile(path), { limitInputPixels: MAX_PIXELS, failOn: 'error' })
    .rotate()
    .resize(MAX_SIDE, MAX_SIDE, { fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) {
    throw new DatasetError('E_FORMAT', `Expected three channels in ${path} but received ${info.channels}.`);
  }
  return { data, width: info.width, height: info.height };
}

/** Decodes each file once and keeps it: about 100 KB per small photograph. */
export function pictureCache(): (path: string) => Promise<Pixels> {
  const known = new Map<string, Promise<Pixels>>();
  return (path) => {
    const found = known.get(path) ?? decodePicture(path);
    known.set(path, found);
    return found;
  };
}
