import { hard } from '../../../src/core/label.js';
import type { Sample } from '../../../src/core/sample.js';
import type { Dataset } from '../../../src/datasets/dataset.js';
import { buildModule } from '../../helpers/stream-worker.js';

/**
 * A loader whose pixels encode their own index and class, and which misbehaves where told: `bad` throws, `away` throws
 * what a dead network does, `exit` ends the thread, `hang` never returns; `slow` waits that many milliseconds (more for even indices).
 */
export const SENTINEL_MODULE = `
import { z } from 'zod';
import { defineLoader } from './src/datasets/loader.js';
import { defineTransform } from './src/core/transform.js';
import { DecodeError, StorageError } from './src/core/errors.js';
import { setTimeout as sleep } from 'node:timers/promises';
export const loaders = [defineLoader({
  name: 'sentinel',
  options: z.strictObject({ slow: z.number().default(0) }),
  item: z.strictObject({ index: z.int(), classId: z.int(), fault: z.string().optional() }),
  open: async ({ slow }) => ({
    async load({ index, classId, fault }, { rng }) {
      if (slow > 0) await sleep(index % 2 === 0 ? slow : 1);
      if (fault === 'bad') throw new DecodeError('E_CORRUPT', 's' + index, 'it is bad.');
      if (fault === 'away') throw new StorageError('E_NETWORK', 'Cannot fetch s' + index + ': nothing answers there.');
      if (fault === 'exit') process.exit(3);
      if (fault === 'memory') { const all = []; for (;;) all.push(new Array(1e6).fill(Math.random())); }
      if (fault === 'hang') for (;;);
      const data = new Uint8Array(8 * 8 * 3).fill(rng.integer(256));
      data[0] = index & 255; data[1] = index >> 8; data[2] = classId;
      return { id: 's' + index, index, rasters: { image: { role: 'intensity', axes: ['y', 'x'], shape: [8, 8, 3], data } }, label: [{ classId, weight: 1 }], trace: [] };
    },
  }),
})];
export const transforms = [defineTransform({
  name: 'stain',
  options: z.strictObject({}),
  params: (_sample, rng) => ({ value: rng.integer(256) }),
  apply: (raster, { value }) => { const data = raster.data.slice(); data[3] = value; return { ...raster, data }; },
})];
`;

export function buildSentinel(): Promise<string> {
  return buildModule('sentinel', SENTINEL_MODULE);
}

/** \`length\` samples of \`classes\` classes. */
export function sentinel(
  length: number,
  options: { classes?: number; faults?: Record<number, string>; slow?: number } = {},
): Dataset {
  const { classes = 5, faults = {}, slow = 0 } = options;
  const loader = { name: 'sentinel', options: { slow } };
  const classOf = (index: number) => (index * 7) % classes;
  return {
    length,
    classes: Array.from({ length: classes }, (_, id) => `c${id}`),
    entry: (index) => ({ id: `s${index}`, label: hard(classOf(index)) }),
    plan: (index) => ({
      loader,
      item: { index, classId: classOf(index), ...(faults[index] !== undefined && { fault: faults[index] }) },
    }),
    read: () => Promise.reject(new Error('A set with a plan is read by its plan.')),
  };
}

/** What the pixels of a sample say, as index and class. */
export function decode(data: ArrayLike<number>, at = 0): { index: number; classId: number } {
  return { index: data[at]! + 256 * data[at + 1]!, classId: data[at + 2]! };
}

/** One word per sample: everything that must not change with the way of reading. */
export function fingerprint({ id, index, rasters, label, trace }: Sample): string {
  return `${id}/${index}/${rasters.image!.data.join('')}/${JSON.stringify([label, trace])}`;
}
