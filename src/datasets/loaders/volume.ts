import { stat } from 'node:fs/promises';
import { z } from 'zod';
import type { Raster } from '../../core/sample.js';
import { storageError } from '../../io/files/storage-error.js';
import { defineLoader } from '../loader.js';
import { Kept } from '../volumes/kept.js';
import { readScan } from '../volumes/scan.js';
import { preprocessSchema } from '../volumes/schemas.js';

const DEFAULT_CACHE = 256 * 1024 ** 2;

const item = z.strictObject({
  id: z.string(),
  images: z.array(z.string()).min(1),
  label: z.string().exactOptional(),
  weights: z.string().exactOptional(),
});

const bytesOf = (rasters: Readonly<Record<string, Raster>>) =>
  Object.values(rasters).reduce((sum, { data }) => sum + data.byteLength, 0);

/** Volumes in NIfTI files. Those read last stay in memory, so that many patches of one are cut from one reading. */
export const volumeLoader = defineLoader({
  name: 'volume',
  options: z.strictObject({
    preprocess: preprocessSchema.exactOptional(),
    /** Bytes of volumes to keep, for each thread. */
    cache: z.number().min(0).default(DEFAULT_CACHE),
  }),
  item,
  async open({ preprocess, cache }) {
    const kept = new Kept(cache, bytesOf);
    return {
      async load(entry, { index, signal }) {
        const rasters = await kept.get(JSON.stringify(entry), () => readScan(entry, preprocess, signal));
        return { id: entry.id, index, rasters, trace: [] };
      },
      async stamp({ images, label, weights }) {
        const parts: string[] = [];
        for (const path of [...images, label, weights]) {
          if (path === undefined) continue;
          const { size, mtimeMs } = await stat(path).catch((error: unknown) => {
            throw storageError(error, path, 'read');
          });
          parts.push(`${size}:${mtimeMs}`);
        }
        return parts.join();
      },
      close() {
        kept.clear();
        return Promise.resolve();
      },
    };
  },
});
