import { z } from 'zod';

/** Name of the file that describes a prepared set; it is written last. */
export const PREPARED_INDEX = 'cuemix-prepared.json';

/** Rows that share a checksum: the least that is read. */
export const BAND = 32;

const file = z.strictObject({
  name: z.string().regex(/^[\w.-]+$/),
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The description of a prepared set. */
export const preparedSchema = z.strictObject({
  format: z.literal('cuemix-prepared'),
  version: z.literal(1),
  band: z.literal(BAND),
  count: z.int().min(0),
  classes: z.array(z.string()).exactOptional(),
  /** Of pictures that were encoded again; see `segments.ts` for how they lie in the files. */
  jpeg: z.strictObject({ quality: z.int().min(1).max(100) }).exactOptional(),
  /** RGB bytes of the pictures, row by row; before each picture the CRC-32 of each of its bands. */
  files: z.array(file),
  /** One line for each sample, see {@link sampleSchema}. */
  samples: file,
});

const side = z
  .int()
  .min(1)
  .max(1 << 20);

/** Where one picture lies. */
export const sampleSchema = z.strictObject({
  id: z.string(),
  file: z.int().min(0),
  /** Of the checksums; the pixels follow. */
  offset: z.int().min(0),
  height: side,
  width: side,
  classId: z.int().min(0).exactOptional(),
  /** Bytes of the header of a picture that was encoded again; undefined for one of plain bytes. */
  header: z.int().min(1).max(65_536).exactOptional(),
});

/** See {@link preparedSchema}. */
export type PreparedIndex = z.output<typeof preparedSchema>;

/** See {@link sampleSchema}. */
export type PreparedSample = z.output<typeof sampleSchema>;

/** Bytes of the checksums before a picture of that height. */
export function checksumBytes(height: number): number {
  return 4 * Math.ceil(height / BAND);
}
