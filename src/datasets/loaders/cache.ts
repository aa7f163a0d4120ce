import { z } from 'zod';
import { canonicalJson } from '../../core/hash.js';
import { sha256 } from '../../io/files/hash.js';
import { diskStore } from '../cache/disk.js';
import { memoryStore } from '../cache/memory.js';
import { Counters } from '../cache/store.js';
import { readThrough } from '../cache/through.js';
import { defineLoader, type Loader } from '../loader.js';

const shared = z.instanceof(SharedArrayBuffer);

/** Where a cache keeps samples, as data. */
export const keeper = z.union([
  z.strictObject({ table: shared, bytes: shared }),
  z.strictObject({ folder: z.string(), limit: z.number().positive(), since: z.number() }),
]);

const plan = z.strictObject({
  loader: z.strictObject({ name: z.string(), options: z.unknown().optional() }),
  item: z.unknown(),
});

/** Samples of another loader, kept in memory that all threads share, or in a folder. */
export const cacheLoader = defineLoader({
  name: 'cache',
  options: z.strictObject({
    /** Tells caches of one process apart. */
    id: z.string(),
    keeper,
    counters: shared,
    resampler: z.enum(['exact', 'fast']),
  }),
  item: z.strictObject({ index: z.int().min(0), plan }),
  async open({ keeper: place, counters: memory, resampler }, others) {
    const counters = new Counters(memory);
    const onDisk = 'folder' in place;
    const store = onDisk ? diskStore(place, counters) : memoryStore(place, counters);
    const hashOf = async (inner: Loader, { loader, item }: z.output<typeof plan>) => {
      const stamp = await inner.stamp?.(item);
      if (stamp === undefined) return undefined;
      return sha256(canonicalJson([loader.name, loader.options ?? null, item, stamp]));
    };
    return {
      async load(one, context) {
        const inner = await others(one.plan.loader);
        const hash = onDisk ? await hashOf(inner, one.plan) : undefined;
        const key = { index: one.index, hash };
        return readThrough({ store, counters, resampler }, key, context, (whole) =>
          inner.load(one.plan.item, whole),
        );
      },
    };
  },
});
