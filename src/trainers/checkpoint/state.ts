import { z } from 'zod';
import { CheckpointError } from '../../core/errors.js';
import { canonicalJson } from '../../core/hash.js';
import { sha256 } from '../../io/files/hash.js';

const cursor = z.object({ epoch: z.int().min(0), offset: z.int().min(0) });

const schema = z.strictObject({
  format: z.literal('cuemix checkpoint 1'),
  /** Steps done: the random address of the next one. */
  step: z.int().min(0),
  /** Where the stream of training data goes on. */
  cursor,
  /** The checked recipe with all its defaults. */
  recipe: z.record(z.string(), z.unknown()),
  /** What the step computes in. */
  precision: z.enum(['fp32', 'bf16']),
  /** Class names by index, where the data has some. */
  classes: z.array(z.string()).exactOptional(),
  /** The last validation. */
  metrics: z.record(z.string(), z.number()).exactOptional(),
  /** Score of the best validation so far, and validations since. */
  best: z.strictObject({ score: z.number(), since: z.int().min(0) }).exactOptional(),
  /** Sums over the steps of an epoch that is not done. */
  meter: z
    .strictObject({
      steps: z.int().min(1),
      samples: z.number(),
      loss: z.number(),
      accuracy: z.number(),
      seconds: z.number(),
      waited: z.number(),
    })
    .exactOptional(),
  /** The score of a validation at this very step: it competes for the best. */
  score: z.strictObject({ metric: z.string(), value: z.number(), higher: z.boolean() }).exactOptional(),
  /** What hooks keep, by name. */
  hooks: z.record(z.string(), z.unknown()).exactOptional(),
  /** The epoch's steps are done but not what follows them (validation, hooks): a resumed run begins with that. */
  pending: z.boolean(),
  /** Hash and length of the other files. */
  files: z.record(z.string(), z.strictObject({ sha256: z.string(), bytes: z.int().min(0) })),
});

/** Where a run stands, beside its tensors. */
export type CheckpointState = z.output<typeof schema>;

/** The state as JSON with its own hash, so that any changed bit shows. */
export function formatState(state: CheckpointState): string {
  return `${JSON.stringify({ ...state, sha256: sha256(canonicalJson(state)) }, undefined, 1)}\n`;
}

/** @throws CheckpointError E_FORMAT, E_HASH */
export function parseState(text: string, path: string): CheckpointState {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(text) as Record<string, unknown>;
  } catch (cause) {
    throw new CheckpointError('E_FORMAT', `Cannot read ${path}: it is not JSON.`, { cause });
  }
  const { sha256: claimed, ...rest } = value ?? {};
  if (typeof claimed !== 'string' || formatOf(rest) !== claimed)
    throw new CheckpointError('E_HASH', `Cannot read ${path}: it does not match its SHA-256; it is damaged.`);
  const result = schema.safeParse(rest);
  if (result.success) return result.data;
  throw new CheckpointError('E_FORMAT', `Cannot read ${path}: ${z.prettifyError(result.error)}`);
}

function formatOf(value: object): string {
  return sha256(canonicalJson(value));
}
