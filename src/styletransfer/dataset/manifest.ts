import { z } from 'zod';
import { DatasetError } from '../../core/errors.js';
import { canonicalJson, sha256 } from '../../core/hash.js';
import { recipeSchema } from '../plan/recipe.js';

const digest = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
/** A path below the dataset's folder. Folders that others made are read too, and none may lead out of its own. */
const place = z
  .string()
  .refine(
    (path) => !/[\\\0]/.test(path) && path.split('/').every((part) => !['', '.', '..'].includes(part)),
    'expected a path inside the dataset',
  );

const voteSchema = z.strictObject({
  classId: count,
  weight: z.number().min(0).max(1),
  cue: z.enum(['shape', 'texture']).optional(),
});

/** Far more than a plan can hold in memory; what is checked of a dataset takes a byte for each. */
const MOST_OUTPUTS = 100_000_000;

/** One line of `manifest.jsonl`: an output, what it is made of, and how to prove that it is whole. */
export const entrySchema = z.strictObject({
  /** Place in the plan. */
  index: count,
  /** The picture, or the shard that holds it, relative to the dataset. */
  path: place.regex(/^(images|clips|shards)\//),
  /** Name inside the shard; tar format only. */
  member: z.string().optional(),
  content: z.string(),
  style: z.string(),
  shape: z.strictObject({ id: count, name: z.string() }),
  /** `id` is null when no class of the content set has the style's class name. */
  texture: z.strictObject({ id: count.nullable(), name: z.string() }),
  votes: z.array(voteSchema),
  alpha: z.number().min(0).max(1),
  /** Which of the outputs of its content picture it is. */
  copy: count,
  /** Unreadable styles that were drawn before this one. */
  redraws: count,
  width: z.int().min(1),
  height: z.int().min(1),
  bytes: count,
  sha256: digest,
});
export type ManifestEntry = z.output<typeof entrySchema>;

/** One line of `quarantine.jsonl`: an input that was refused, with the outputs that are missing because of it. */
export const refusalSchema = z.strictObject({
  role: z.enum(['content', 'style']),
  path: z.string(),
  code: z.string(),
  message: z.string(),
  outputs: z.array(count),
});
export type Refusal = z.output<typeof refusalSchema>;

/** One line of `previews.jsonl`: thumbnails as base64 JPEG. */
export const previewSchema = z.strictObject({
  index: count,
  content: z.base64(),
  style: z.base64(),
  result: z.base64(),
});
export type Preview = z.output<typeof previewSchema>;

/** A file of the dataset other than a picture of a folder tree. */
export const fileSchema = z.strictObject({
  path: place,
  bytes: count,
  sha256: digest,
  /** Pictures inside; shards only. */
  entries: count.optional(),
});
export type FileEntry = z.output<typeof fileSchema>;

/** What painted: together with the plan it decides the bytes. */
export const painterSchema = z.strictObject({
  /** Name of the network with a hash of its weights. */
  model: z.string(),
  engine: z.string(),
  engineVersion: z.string(),
  precision: z.string(),
});
export type PainterIdentity = z.output<typeof painterSchema>;

const tally = z.strictObject({ found: count, refused: count });

/** `dataset.json`: what the dataset is, and the hashes of all its files. Written last: where it is, all is there. */
export const datasetSchema = z.strictObject({
  format: z.literal('cuemix-dataset'),
  version: z.literal(1),
  recipe: recipeSchema,
  plan: z.strictObject({
    hash: digest,
    outputs: count.max(MOST_OUTPUTS),
    groups: count,
    groupSize: z.int().min(1),
  }),
  /** The part that this folder holds; absent when it holds the whole plan. */
  shard: z.strictObject({ index: z.int().min(1), count: z.int().min(1) }).optional(),
  painter: painterSchema,
  /** Versions of what else decides the bytes: cuemix, sharp, libvips. */
  versions: z.record(z.string(), z.string()),
  /** Shape classes by id, and classes of the styles. */
  classes: z.array(z.string()),
  styleClasses: z.array(z.string()),
  /** What to call the classes, by id, where a class index says so. */
  classNames: z.array(z.string()).optional(),
  counts: z.strictObject({
    contents: tally,
    styles: tally,
    outputs: z.strictObject({ planned: count, delivered: count, refused: count }),
  }),
  files: z.array(fileSchema),
  /** SHA-256 of this document without this member: the hash of the whole. */
  hash: digest,
});
export type Dataset = z.output<typeof datasetSchema>;

/** The thing that only one group of outputs knows until the dataset is finished. */
export const groupSchema = z.strictObject({
  group: count,
  entries: z.array(entrySchema),
  refusals: z.array(refusalSchema),
  previews: z.array(previewSchema),
  /** The group's tar shard. */
  shard: fileSchema.optional(),
});
export type GroupRecord = z.output<typeof groupSchema>;

/** One JSON document a line, keys sorted, in the order given. */
export function toJsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${canonicalJson(value)}\n`).join('');
}

/** Reads one JSON document of a known shape. Throws `DatasetError` E_FORMAT naming it. */
export function parseJson<S extends z.ZodType>(text: string, schema: S, name: string): z.output<S> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DatasetError('E_FORMAT', `Expected JSON in ${name}: it is damaged.`, { cause });
  }
  try {
    return checkJson(value, schema);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DatasetError('E_FORMAT', `Unexpected content of ${name}: ${reason}`, { cause });
  }
}

/** `value` if the schema holds; else an Error that names the first member that is wrong. */
export function checkJson<S extends z.ZodType>(value: unknown, schema: S): z.output<S> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Error(`${issue?.path.join('.') || 'document'}: ${issue?.message}.`);
}

/** `dataset.json` as it is written: hash filled in, indented, keys in a fixed order. */
export function sealDataset(dataset: Omit<Dataset, 'hash'>): Dataset {
  return { ...dataset, hash: sha256(canonicalJson(dataset)) };
}

/** The bytes of `dataset.json`. */
export function datasetText(dataset: Dataset): string {
  return `${JSON.stringify(JSON.parse(canonicalJson(dataset)), undefined, 2)}\n`;
}

/**
 * Reads `dataset.json` and proves it unchanged: not one bit may differ from what was written.
 * Throws `DatasetError` E_FORMAT or E_HASH.
 */
export function parseDataset(text: string, name: string): Dataset {
  const dataset = parseJson(text, datasetSchema, name);
  const { hash, ...rest } = dataset;
  if (sealDataset(rest).hash !== hash || datasetText(dataset) !== text) {
    throw new DatasetError('E_HASH', `Expected ${name} to carry its own hash: it was changed or damaged.`);
  }
  return dataset;
}

/** One record for each refused input, sorted, however many groups met it. */
export function mergeRefusals(refusals: Iterable<Refusal>): Refusal[] {
  const merged = new Map<string, Refusal>();
  for (const refusal of refusals) {
    const key = `${refusal.role} ${refusal.path}`;
    const known = merged.get(key);
    const first = known !== undefined && known.message < refusal.message ? known : refusal;
    const outputs = new Set([...(known?.outputs ?? []), ...refusal.outputs]);
    merged.set(key, { ...first, outputs: [...outputs].sort((a, b) => a - b) });
  }
  return [...merged].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, refusal]) => refusal);
}
