import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { library } from './library.mjs';

/**
 * Writes pictures in ImageNet-C's layout, all 19 corruptions of severity 3, as PNG of `size` pixels: as the networks
 * are validated, then corrupted. What is drawn depends on the picture's place alone.
 */
export async function corruptedCopy(place, from, to, size) {
  const { folder, sequential, stream } = await library(place, 'datasets/index.js');
  const { centerCrop, corrupt, resize } = await library(place, 'transforms/index.js');
  const source = await folder(from);
  for (const name of corrupt.schema.shape.name.unwrap().options) {
    const kind = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const transforms = [
      resize({ fit: 'short', size: Math.round((size * 8) / 7) }),
      centerCrop({ size }),
      corrupt({ name, severity: 3 }),
    ];
    for await (const { id, rasters } of stream(source, {
      seed: 0,
      workers: 1,
      order: sequential,
      transforms,
    })) {
      const file = join(to, kind, '3', id.replace(/\.\w+$/, '.png'));
      await mkdir(dirname(file), { recursive: true });
      const [height, width, channels] = rasters.image.shape;
      await sharp(rasters.image.data, { raw: { width, height, channels } }).png().toFile(file);
    }
  }
}
