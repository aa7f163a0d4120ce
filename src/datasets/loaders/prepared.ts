import { z } from 'zod';
import { hard } from '../../core/label.js';
import { loadTurbo } from '../decode/jpeg.js';
import { defineLoader } from '../loader.js';
import { sampleSchema } from '../prepared/format.js';
import { PreparedPictures } from '../prepared/picture.js';
import { fileStamp } from './stamp.js';

const item = sampleSchema.extend({
  file: z.string(),
  /** Place of the picture in its set. */
  ordinal: z.int().min(0),
});

/** Pictures of a prepared set. Only what a random crop needs of them is read, and decoded where they are encoded. */
export const preparedLoader = defineLoader({
  name: 'prepared',
  options: z.strictObject({
    /** Its folder: tells the sets of one process apart. */
    set: z.string(),
    resampler: z.enum(['exact', 'fast']),
    proven: z.instanceof(SharedArrayBuffer),
  }),
  item,
  async open({ resampler, proven }) {
    const pictures = new PreparedPictures(resampler, proven);
    return {
      async load(one, { index, region, took, room }) {
        const { id, height, width, classId, header } = one;
        const turbo = header === undefined ? undefined : await loadTurbo();
        const general = header !== undefined && turbo === undefined;
        const wanted = general ? undefined : region?.(height, width);
        const image =
          header === undefined
            ? pictures.takeRows(one, wanted, room)
            : turbo === undefined
              ? await pictures.decodeWhole(one, header)
              : pictures.takeBlocks(turbo, one, header, wanted, room);
        if (wanted !== undefined) took?.();
        const label = classId === undefined ? {} : { label: hard(classId) };
        return { id, index, rasters: { image }, ...label, trace: [] };
      },
      stamp: ({ file }) => fileStamp(file),
      close() {
        pictures.close();
        return Promise.resolve();
      },
    };
  },
});
