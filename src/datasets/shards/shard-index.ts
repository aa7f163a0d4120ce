import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { readInput } from '../../io/files/open-input.js';
import { fetchRange, type HttpOptions, isUrl, shownPath } from '../../io/http/http.js';

/** Name of the index beside the shards. */
export const SHARD_INDEX = 'cuemix-shards.json';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const shard = z.strictObject({
  name: z.string().regex(/^[^/\\\0]+$/),
  bytes: z.int().min(0),
  sha256: hash,
  samples: z.int().min(0),
  /** Class of each sample, where the set has classes. */
  classIds: z.array(z.int().min(0)).exactOptional(),
});
const schema = z.strictObject({
  format: z.literal('cuemix-shards'),
  version: z.literal(1),
  classes: z.array(z.string()).exactOptional(),
  shards: z.array(shard),
});

/** What is known of one shard without opening it. */
export type ShardEntry = z.output<typeof shard>;

/** The index of a folder of shards: it makes loss of whole samples visible, which tar itself cannot. */
export type ShardIndex = z.output<typeof schema>;

const MAX_BYTES = 256 * 1024 * 1024;

/**
 * Reads an index file or URL.
 * @throws DatasetError E_FORMAT; StorageError when it cannot be read
 */
export async function readShardIndex(path: string, options: HttpOptions = {}): Promise<ShardIndex> {
  const bytes = isUrl(path)
    ? (await fetchRange(path, 0, MAX_BYTES, options)).bytes
    : await readInput(path, MAX_BYTES);
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new DatasetError(
      'E_FORMAT',
      `Expected a shard index in ${shownPath(path)} but it is not valid JSON.`,
      {
        cause,
      },
    );
  }
  const parsed = schema.safeParse(value);
  if (
    parsed.success &&
    parsed.data.shards.every((one) => (one.classIds?.length ?? one.samples) === one.samples)
  )
    return parsed.data;
  const issue = parsed.error?.issues[0];
  const reason =
    issue === undefined
      ? 'a shard has not one class per sample'
      : `${issue.path.join('.')}: ${issue.message}`;
  throw new DatasetError('E_FORMAT', `Expected a shard index in ${shownPath(path)} but ${reason}.`);
}
