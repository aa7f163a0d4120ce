import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Rng } from '../../src/core/rng.js';
import { writeNifti } from '../../src/datasets/nifti/write.js';

/** A set of made scans: two balls (classes 1 and 2) in noise, each scan of its own size, on an oblique grid. */
export interface Phantoms {
  readonly count: number;
  /** Images of one modality, or of so many in the fourth dimension. Default 1. */
  readonly modalities?: number;
}

/** Writes `images` and `labels` below `root`; modality m is m brighter and has the classes in the other order if odd. */
export async function writePhantoms(root: string, { count, modalities = 1 }: Phantoms): Promise<void> {
  for (const part of ['images', 'labels']) await mkdir(join(root, part), { recursive: true });
  for (let n = 0; n < count; n++) {
    const shape = [10 + n, 13, 9 + (n % 2) * 3] as const;
    const [nx, ny, nz] = shape;
    const voxels = nx * ny * nz;
    const classes = new Uint8Array(voxels);
    for (let at = 0; at < voxels; at++) {
      const [x, y, z] = [at % nx, Math.floor(at / nx) % ny, Math.floor(at / nx / ny)];
      const inside = (cx: number) => Math.hypot(x - cx, y - ny / 2, z - nz / 2) < 2.5;
      classes[at] = inside(nx * 0.25) ? 1 : inside(nx * 0.75) ? 2 : 0;
    }
    const data = new Float32Array(voxels * modalities);
    for (let m = 0; m < modalities; m++) {
      const rng = Rng.of(7).at(n, m);
      for (let at = 0; at < voxels; at++) {
        const value = m % 2 === 0 ? classes[at]! : (3 - classes[at]!) % 3;
        data[m * voxels + at] = value * 10 + m + rng.normal();
      }
    }
    const affine = [
      [-1.2, 0.1, 0, 5 + n],
      [0.1, 1.1, 0, -3],
      [0, 0.05, 1.5, 2],
      [0, 0, 0, 1],
    ];
    const extents = modalities === 1 ? shape : [...shape, modalities];
    await writeNifti(join(root, 'images', `scan${n}.nii.gz`), { data, shape: extents, affine });
    await writeNifti(join(root, 'labels', `scan${n}.nii.gz`), { data: classes, shape, affine });
  }
}
