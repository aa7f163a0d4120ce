import { z } from 'zod';

/** What a search tells of itself after an epoch. */
export const searchRecord = z.strictObject({
  epoch: z.int(),
  /** Multiply-accumulates of the network as it is, and as it would be without its dead channels. */
  macs: z.number(),
  living: z.number(),
  params: z.number(),
  /** The penalty's strength in the next epoch. */
  pressure: z.number(),
  /** Channels that were cut out now. */
  removed: z.int(),
});
export type SearchRecord = z.output<typeof searchRecord>;
