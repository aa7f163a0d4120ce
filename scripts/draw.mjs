/**
 * Writes drawn pictures: `node scripts/draw.mjs [--objects DIR] [--textures DIR] [--count 4] [--size 256]`, in class
 * folders, `count` of each kind.
 */
import { parseArgs } from 'node:util';
import { drawObjects, drawTextures } from './draw/index.mjs';
import { fail } from './support/run.mjs';

try {
  const { values } = parseArgs({
    options: {
      objects: { type: 'string' },
      textures: { type: 'string' },
      count: { type: 'string', default: '4' },
      size: { type: 'string', default: '256' },
    },
  });
  const options = { count: Number(values.count), size: Number(values.size) };
  if (values.objects !== undefined) await drawObjects(values.objects, options);
  if (values.textures !== undefined) await drawTextures(values.textures, options);
} catch (error) {
  fail(error);
}
