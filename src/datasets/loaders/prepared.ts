import { closeSync, openSync, readSync } from 'node:fs';
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { hard } from '../../core/label.js';
import { sourceOf, takeRegion } from '../../core/region.js';
import { wholeOf } from '../../core/regions.js';
import { pixelRoom } from '../../core/simd/resample-kernel.js';
import { storageError } from '../../io/files/storage-error.js';
import { defineLoader } from '../loader.js';
import { BAND, checksumBytes, sampleSchema } from '../prepared/format.js';
import { fileStamp } from './stamp.js';

const item = sampleSchema.extend({
  file: z.string(),
  /** Place of the picture in its set. */
  ordinal: z.int().min(0),
});

/**
 * Pictures of a prepared set. Only the bands of rows that a random crop needs are read, at their place and at once (it
 * is a copy from the page cache, quicker than a turn through the thread pool). Each band's checksum is proven when this
 * thread reads it for the first time; of bands that were proven, only the rows that are needed are read.
 */
export const preparedLoader = defineLoader({
  name: 'prepared',
  options: z.strictObject({ resampler: z.enum(['exact', 'fast']).default('exact') }),
  item,
  async open({ resampler }) {
    const files = new Map<string, number>();
    const sums = Buffer.alloc(checksumBytes(1 << 20));
    const read = (path: string, offset: number, length: number, into: Uint8Array): void => {
      try {
        let file = files.get(path);
        if (file === undefined) {
          file = openSync(path, 'r');
          files.set(path, file);
        }
        let done = 0;
        while (done < length) {
          const count = readSync(file, into, done, length - done, offset + done);
          if (count === 0)
            throw new DatasetError(
              'E_TRUNCATED',
              `Expected ${length} bytes at ${offset} of ${path} but it ends before.`,
            );
          done += count;
        }
      } catch (error) {
        throw storageError(error, path, 'read');
      }
    };
    const proven = new Proven();
    const rows = (one: z.output<typeof item>, first: number, last: number) => {
      const { id, file, offset, height, width } = one;
      const [from, to] = [Math.floor(first / BAND), Math.ceil(last / BAND)];
      const known = proven.has(one, from, to);
      const top = known ? first : from * BAND;
      const end = known ? last : Math.min(height, to * BAND);
      const length = (end - top) * width * 3;
      const data = pixelRoom(length);
      read(file, offset + checksumBytes(height) + top * width * 3, length, data);
      if (!known) read(file, offset, checksumBytes(height), sums);
      for (let band = from; !known && band < to; band++) {
        const start = (band * BAND - top) * width * 3;
        if (crc32(data.subarray(start, start + BAND * width * 3)) !== sums.readUInt32LE(band * 4))
          throw new DatasetError(
            'E_HASH',
            `The pixels of ${id} in ${file} are damaged (checksum of rows from ${band * BAND}).`,
          );
      }
      if (!known) proven.add(one, from, to);
      return { data, offset: 0, stride: width * 3, height: end - top, width, top };
    };
    return {
      async load(one, { index, region, took, room }) {
        const { id, height, width, classId } = one;
        const wanted = region?.(height, width);
        const source = sourceOf(wanted ?? wholeOf(height, width));
        const pixels = rows(one, source.top, source.top + source.height);
        const image = takeRegion(pixels, wanted ?? wholeOf(height, width), resampler, room);
        if (wanted !== undefined) took?.();
        const label = classId === undefined ? {} : { label: hard(classId) };
        return { id, index, rasters: { image }, ...label, trace: [] };
      },
      stamp: ({ file }) => fileStamp(file),
      close() {
        for (const file of files.values()) closeSync(file);
        files.clear();
        return Promise.resolve();
      },
    };
  },
});

/** Which bands of which pictures were found whole: a bit for each of the first 32 bands; later ones never are. */
class Proven {
  private readonly sets = new Map<string, Uint32Array>();

  has({ file, ordinal }: z.output<typeof item>, from: number, to: number): boolean {
    const bits = maskOf(from, to);
    return to <= 32 && ((this.sets.get(dirname(file))?.[ordinal] ?? 0) & bits) >>> 0 === bits;
  }

  add({ file, ordinal }: z.output<typeof item>, from: number, to: number): void {
    const set = dirname(file);
    let pictures = this.sets.get(set);
    if (pictures === undefined || ordinal >= pictures.length) {
      const more = new Uint32Array(2 * (ordinal + 1));
      if (pictures !== undefined) more.set(pictures);
      pictures = more;
      this.sets.set(set, pictures);
    }
    if (to <= 32) pictures[ordinal]! |= maskOf(from, to);
  }
}

/** Bits `from` to `to`, at most 32, without the last. */
function maskOf(from: number, to: number): number {
  return 2 ** to - 2 ** from;
}
