import { z } from 'zod';
import { decodePicture } from '../decode/picture.js';
import { defineLoader } from '../loader.js';
import { labelOf } from '../picture-files.js';
import { imageOptions, voteSchema } from './schemas.js';
import { fileStamp } from './stamp.js';

const item = z.strictObject({
  id: z.string(),
  path: z.string(),
  classId: z.int().min(0).exactOptional(),
  votes: z.array(voteSchema).exactOptional(),
});

/** Pictures in files of their own. Links are not followed. */
export const fileLoader = defineLoader({
  name: 'file',
  options: z.strictObject({ image: imageOptions.exactOptional() }),
  item,
  open: async ({ image }) => ({
    async load({ id, path, ...label }, context) {
      const raster = await decodePicture(path, { ...image, noFollow: true }, context);
      return { id, index: context.index, rasters: { image: raster }, ...labelOf(label), trace: [] };
    },
    stamp: ({ path }) => fileStamp(path),
  }),
});
