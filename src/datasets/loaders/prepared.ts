import { closeSync, openSync, readSync } from 'node:fs';
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

const item = sampleSchema.extend({ file: z.string() });

/**
 * Pictures of a prepared set. Only the bands of rows that a random crop needs are read, at their place and at once (it
 * is a copy from the page cache, quicker than a turn through the thread pool), and each band's checksum is proven.
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
    const rows = (
      { id, file, offset, height, width }: z.output<typeof item>,
      first: number,
      last: number,
    ) => {
      read(file, offset, checksumBytes(height), sums);
      const top = Math.floor(first / BAND) * BAND;
      const end = Math.min(height, Math.ceil(last / BAND) * BAND);
      const length = (end - top) * width * 3;
      const data = pixelRoom(length);
      read(file, offset + checksumBytes(height) + top * width * 3, length, data);
      for (let band = top / BAND; band * BAND < end; band++) {
        const start = (band * BAND - top) * width * 3;
        if (crc32(data.subarray(start, start + BAND * width * 3)) !== sums.readUInt32LE(band * 4))
          throw new DatasetError(
            'E_HASH',
            `The pixels of ${id} in ${file} are damaged (checksum of rows from ${band * BAND}).`,
          );
      }
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
