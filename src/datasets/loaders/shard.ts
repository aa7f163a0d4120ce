import { z } from 'zod';
import { DatasetError, DecodeError } from '../../core/errors.js';
import { hard, type Label } from '../../core/label.js';
import { isUrl, shownPath } from '../../io/http/http.js';
import type { TarSample } from '../../io/tar/tar.js';
import { DEFAULTS } from '../decode/limits.js';
import { decodePicture } from '../decode/picture.js';
import { defineLoader } from '../loader.js';
import { type OpenShard, openShard, partOf, pictureOf } from '../shards/open-shard.js';
import { imageOptions, voteSchema } from './schemas.js';
import { fileStamp } from './stamp.js';

const count = z.number().positive();

/** How shards are reached, as data; see `ShardAccess`. */
export const accessOptions = z.strictObject({
  image: imageOptions.exactOptional(),
  cache: z.strictObject({ folder: z.string(), limit: count.exactOptional() }).exactOptional(),
  http: z
    .strictObject({
      attempts: count.exactOptional(),
      timeout: count.exactOptional(),
      pause: count.exactOptional(),
    })
    .exactOptional(),
});

const item = z.strictObject({
  shard: z.string(),
  sample: z.int().min(0),
  bytes: z.int().exactOptional(),
  sha256: z.string().exactOptional(),
  samples: z.int().exactOptional(),
  /** What a manifest beside the shards tells of the sample. */
  listed: z.strictObject({ key: z.string(), votes: z.array(voteSchema) }).exactOptional(),
});

const KEPT_OPEN = 16;
const MAX_TEXT = 1 << 20; // of what is beside a picture

/** Samples of tar shards in WebDataset form: a picture, and its class as text in `.cls` or as a number in `.json`. */
export const shardLoader = defineLoader({
  name: 'shard',
  options: accessOptions,
  item,
  async open({ image, ...access }) {
    const kept = new Map<string, Promise<OpenShard>>();
    const opened = (one: z.output<typeof item>, signal?: AbortSignal): Promise<OpenShard> => {
      const found = kept.get(one.shard);
      if (found !== undefined) {
        kept.delete(one.shard);
        kept.set(one.shard, found);
        return found;
      }
      const shard = openShard(one.shard, access, one, signal);
      kept.set(one.shard, shard);
      shard.catch(() => kept.delete(one.shard));
      const [oldest] = kept.keys();
      if (kept.size > KEPT_OPEN && oldest !== undefined) {
        void kept
          .get(oldest)
          ?.then(({ archive }) => archive.close())
          .catch(() => undefined);
        kept.delete(oldest);
      }
      return shard;
    };
    return {
      async load(one, context) {
        const { archive, samples, labelled } = await opened(one, context.signal);
        const shard = shownPath(one.shard);
        const sample = samples[one.sample];
        if (sample === undefined)
          throw new DatasetError(
            'E_MISSING',
            `Expected sample ${one.sample} in ${shard} but it holds ${samples.length}.`,
          );
        const kind = pictureOf(sample.parts)!;
        const name = `${shard}/${sample.key}.${kind}`;
        const read = (extension: string, most: number): Promise<Buffer> => {
          const entry = sample.parts.get(extension)!;
          if (entry.size <= most) return archive.read(entry);
          const reason = `it has ${entry.size} bytes; the limit is ${most} (maxBytes).`;
          throw new DecodeError('E_TOO_LARGE', `${shard}/${entry.name}`, reason);
        };
        const bytes = await read(kind, image?.maxBytes ?? DEFAULTS.maxBytes);
        if (one.listed !== undefined && one.listed.key !== sample.key)
          throw new DatasetError(
            'E_LABEL',
            `Expected sample ${one.sample} of ${shard} to be ${one.listed.key}, as its manifest says, but it is ${sample.key}.`,
          );
        const label =
          one.listed?.votes ??
          (await labelOf(sample, (extension) => read(extension, MAX_TEXT), shard, labelled));
        const raster = await decodePicture({ bytes, name }, { ...image }, context);
        return {
          id: sample.key,
          index: context.index,
          rasters: { image: raster },
          ...(label && { label }),
          trace: [],
        };
      },
      stamp: ({ shard, sha256 }) => (isUrl(shard) ? Promise.resolve(sha256) : fileStamp(shard)),
      async close() {
        const all = await Promise.allSettled(kept.values());
        for (const one of all) if (one.status === 'fulfilled') await one.value.archive.close();
      },
    };
  },
});

async function labelOf(
  { key, parts }: TarSample,
  read: (extension: string) => Promise<Buffer>,
  shard: string,
  labelled: boolean,
): Promise<Label | undefined> {
  const refuse = (what: string) =>
    new DatasetError('E_LABEL', `Expected a class number in ${key}.${what} of ${shard}.`);
  const own = partOf(parts, ['cls']);
  if (own !== undefined) {
    const text = (await read(own))
      .toString('utf8')
      .replace(/^\uFEFF/, '')
      .trim();
    if (!/^\d{1,9}$/.test(text)) throw refuse('cls');
    return hard(Number(text));
  }
  if (labelled)
    throw new DatasetError('E_MISSING', `Expected ${key}.cls in ${shard}, as its other samples have one.`);
  if (!parts.has('json')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse((await read('json')).toString('utf8'));
  } catch {
    throw refuse('json');
  }
  const { cls, label, classId } = Object(value) as Record<string, unknown>;
  const found = [classId, cls, label].find((one) => typeof one === 'number');
  return Number.isSafeInteger(found) && Number(found) >= 0 ? hard(Number(found)) : undefined;
}
