import { writeFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { DecodeError } from '../../src/core/errors.js';
import { readNifti } from '../../src/datasets/nifti/read.js';
import { encodeNifti, type WriteNiftiOptions } from '../../src/datasets/nifti/write.js';

export const SHAPE = [3, 4, 5] as const;
export const VALUES = Int16Array.from({ length: 60 }, (_, at) => at * 7 - 100);
export const AFFINE = [
  [2, 0, 0, -3],
  [0, 2, 0, 1],
  [0, 0, 3, 4],
  [0, 0, 0, 1],
];

/** A sound file of 3 x 4 x 5 int16 voxels. */
export function sound(options: WriteNiftiOptions & { pair?: boolean } = {}): Buffer {
  const { header, voxels } = encodeNifti({ data: VALUES, shape: SHAPE, affine: AFFINE }, options);
  return Buffer.concat([header, voxels]);
}

/** A sound file with other bytes at some places. */
function changed(change: (view: DataView) => void, options?: WriteNiftiOptions): Buffer {
  const bytes = Buffer.from(sound(options));
  change(new DataView(bytes.buffer, bytes.byteOffset, bytes.length));
  return bytes;
}

/** What is written where: int8, int16, int32, int64, float32, float64. */
export type Edit = readonly [
  type: 'i8' | 'i16' | 'i32' | 'i64' | 'f32' | 'f64',
  place: number,
  value: number,
];

export function edited(edits: readonly Edit[], options: WriteNiftiOptions = {}): Buffer {
  const little = options.littleEndian !== false;
  return changed((view) => {
    for (const [type, place, value] of edits) {
      if (type === 'i8') view.setInt8(place, value);
      else if (type === 'i16') view.setInt16(place, value, little);
      else if (type === 'i32') view.setInt32(place, value, little);
      else if (type === 'i64') view.setBigInt64(place, BigInt(value), little);
      else if (type === 'f32') view.setFloat32(place, value, little);
      else view.setFloat64(place, value, little);
    }
  }, options);
}

/** What reading a file ends in: `ok` with the right voxels, `other` voxels, or the code of its refusal. */
export async function outcome(path: string): Promise<string> {
  try {
    const { data, shape } = await readNifti(path);
    return `${shape}` === `${SHAPE}` && `${data}` === `${VALUES}` ? 'ok' : 'other';
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    expect(error.message).toContain(path.replace(/\.[^/]*$/, ''));
    return error.code;
  }
}

/** What reading these bytes from a file at `path` ends in. */
export async function outcomeOf(bytes: Uint8Array, path: string): Promise<string> {
  await writeFile(path, bytes);
  return outcome(path);
}
