import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { parseOptions } from '../../core/options.js';

/** The networks need something to reflect at the borders: no side of a picture may be shorter. Pixels. */
export const MIN_SIDE = 16;

/** Width and height of every output, or the shorter side of every output, or the sizes of the content pictures. */
export const sizeSchema = z.union([
  z.literal('keep'),
  z.strictObject({ width: z.int().min(MIN_SIDE).max(8192), height: z.int().min(MIN_SIDE).max(8192) }),
  z.strictObject({ short: z.int().min(MIN_SIDE).max(8192) }),
]);

/** Everything that, with the input pictures and the network, decides the bytes of a dataset. JSON. */
export const recipeSchema = z.strictObject({
  /** `self` takes styles from the content set, as arXiv 2010.05981 does. */
  styles: z.enum(['self', 'folder']).default('folder'),
  /** `random`: any style; `stratified`: the same number of pictures for each pair of shape and texture class. */
  pairing: z.enum(['random', 'stratified']).default('random'),
  /** Outputs of each content picture (`random`), or on average (`stratified` without `perCell`). */
  stylesPerImage: z.int().min(1).max(1000).default(1),
  /** Pictures for each pair of classes; `stratified` only. */
  perCell: z.int().min(1).max(1_000_000).optional(),
  /** May shape and texture be of one class? `auto` excludes that where the styles have at least two classes. */
  sameClass: z.enum(['auto', 'exclude', 'allow']).default('auto'),
  size: sizeSchema.default({ width: 224, height: 224 }),
  /** Styles are scaled to this shorter side and cropped to a square; stroke width follows it. Pixels. */
  styleSize: z.int().min(MIN_SIDE).max(2048).default(256),
  /** Strengths to draw from, 0 (content) to 1 (style). */
  alpha: z.array(z.number().min(0).max(1)).min(1).max(64).default([1]),
  /** Weight of the shape's vote in the label, 0 to 1 (arXiv 2010.05981, section 3.2). */
  gamma: z.number().min(0).max(1).default(0.8),
  seed: z.union([z.int(), z.string().min(1).max(200)]).default(0),
  /** A folder of classes, or tar shards in WebDataset layout (in an order shuffled by the seed). */
  format: z.enum(['folder', 'tar']).default('folder'),
  image: z.enum(['jpeg', 'png']).default('jpeg'),
  /** JPEG quality; ignored for PNG. */
  quality: z.int().min(1).max(100).default(95),
  /** Most pictures that the network sees at once. */
  batch: z.int().min(1).max(256).default(8),
  /** Outputs that are committed together: what a kill can cost. Default 64 (folder) or 512 (tar). */
  group: z.int().min(1).max(100_000).optional(),
  /** The contents are videos, each painted in one style and written as MP4; pictures unless told. */
  video: z
    .strictObject({
      /** Frames a second of the clips; each video's own mean rate unless told. */
      rate: z.number().min(0.1).max(1000).optional(),
      /** x264's constant rate factor: 0 (large) to 51 (coarse). */
      crf: z.int().min(0).max(51).default(16),
    })
    .optional(),
  /** Pictures shown in the report, which is one page of about 30 kB each. */
  previews: z.int().min(0).max(500).default(120),
});

/** A recipe with every default filled in. */
export type Recipe = z.output<typeof recipeSchema>;

/** A recipe as a caller writes it. */
export type RecipeInput = z.input<typeof recipeSchema>;

/** Fills in the defaults. Throws `UsageError` naming the key that is wrong. */
export function parseRecipe(input: RecipeInput): Recipe & { readonly group: number } {
  const recipe = parseOptions(recipeSchema, input, 'recipe');
  if (recipe.perCell !== undefined && recipe.pairing !== 'stratified') {
    throw new UsageError(
      'A number of pictures per cell needs the stratified pairing: choose that, or leave the number out.',
    );
  }
  if (recipe.pairing === 'stratified' && recipe.sameClass === 'allow') {
    throw new UsageError(
      'A stratified set leaves out pairs of one class: do not allow them, or use random pairing.',
    );
  }
  if (recipe.video !== undefined) return { ...recipe, batch: 1, group: recipe.group ?? 16 };
  return { ...recipe, group: recipe.group ?? (recipe.format === 'tar' ? 512 : 64) };
}

/** One part of a dataset made by several processes: part `index` (1-based) of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** Reads `2/8`. Throws `UsageError`. */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const shard = { index: Number(match?.[1]), count: Number(match?.[2]) };
  if (match === null || shard.index < 1 || shard.index > shard.count) {
    throw new UsageError(
      `A shard is written as i/n with i from 1 to n, for example 1/4, but "${text}" came.`,
    );
  }
  return shard;
}
