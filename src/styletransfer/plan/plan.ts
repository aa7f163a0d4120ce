import { createHash } from 'node:crypto';
import { type Fit, planFit } from '../../core/geometry.js';
import { canonicalJson } from '../../core/hash.js';
import { Rng } from '../../core/rng.js';
import { paintedSize } from './bucket.js';
import { KeyMaker } from './keys.js';
import { type ContentInput, type Pair, pairRandomly, pairStratified, type StyleInput } from './pairing.js';
import type { Recipe, Shard } from './recipe.js';

/** One output, decided before any picture is read: which two pictures, how strong, how large, under which name. */
export interface PlannedOutput extends Pair {
  /** Place in the dataset. */
  readonly index: number;
  readonly alpha: number;
  readonly width: number;
  readonly height: number;
  /** Folder and file name without extension (folder format), or the member's name in its shard (tar). */
  readonly name: string;
}

/** Outputs that are committed together, and the batches that the network sees: places within `outputs`. */
export interface PlannedGroup {
  readonly index: number;
  readonly outputs: readonly PlannedOutput[];
  readonly batches: readonly (readonly number[])[];
}

/** The whole dataset on paper. */
export interface Plan {
  /** SHA-256 over recipe and inputs: two runs with this hash make the same dataset. */
  readonly hash: string;
  readonly outputs: readonly PlannedOutput[];
  readonly groups: readonly PlannedGroup[];
  /** Outputs that the report shows. */
  readonly previews: ReadonlySet<number>;
  /** Another style for an output whose style is unreadable. */
  redraw(output: PlannedOutput, refused: ReadonlySet<number>): number | undefined;
}

/** A recipe whose group size is settled. */
export type PlanRecipe = Recipe & { readonly group: number };

/**
 * The plan of a dataset: a pure function of recipe and inputs. Sizes come from the pictures' headers, so the batches are
 * known before anything is decoded and do not depend on timing, workers, parts or interruptions.
 * Throws `UsageError` when the styles do not suffice.
 */
export function planDataset(
  recipe: PlanRecipe,
  contents: readonly ContentInput[],
  styles: readonly StyleInput[],
): Plan {
  const root = Rng.of(recipe.seed).at('stylize');
  const pair = recipe.pairing === 'stratified' ? pairStratified : pairRandomly;
  const { pairs, redraw } = pair(recipe, contents, styles, root);
  const order = recipe.format === 'tar' ? root.at('order').permutation(pairs.length) : undefined;
  const nameOf = recipe.format === 'tar' ? memberName(pairs.length) : fileName(recipe, contents, styles);
  const outputs = pairs.map((_, index): PlannedOutput => {
    const drawn = pairs[order === undefined ? index : order.at(index)]!;
    const content = contents[drawn.content]!;
    return {
      ...drawn,
      index,
      alpha: root.at('alpha', content.key, drawn.copy).pick(recipe.alpha),
      ...targetSize(recipe, content),
      name: nameOf(drawn, index),
    };
  });
  return {
    hash: planHash(recipe, contents, styles),
    outputs,
    groups: groupOutputs(outputs, recipe),
    previews: pickPreviews(outputs, contents, recipe.previews, root),
    redraw,
  };
}

/** The groups of one part of the plan: every `count`-th. */
export function groupsOfShard(plan: Plan, shard: Shard | undefined): readonly PlannedGroup[] {
  if (shard === undefined) return plan.groups;
  return plan.groups.filter((group) => group.index % shard.count === shard.index - 1);
}

/** How content pictures are brought to size; undefined when they keep their own. */
export function contentFit(recipe: Recipe): Fit | undefined {
  if (recipe.size === 'keep') return undefined;
  if ('short' in recipe.size) return { fit: 'short', size: recipe.size.short };
  return { fit: 'cover', ...recipe.size };
}

/** Width and height of the output for a content picture. */
function targetSize(recipe: Recipe, content: ContentInput): { width: number; height: number } {
  const fit = contentFit(recipe);
  const { width, height } = fit === undefined ? content : planFit(content.height, content.width, fit);
  return recipe.video === undefined ? { width, height } : { width: even(width), height: even(height) };
}

/** H.264 in 4:2:0 has no odd sides: the last column or row is left out. */
export const even = (side: number): number => side - (side % 2);

function memberName(total: number): (pair: Pair, index: number) => string {
  const digits = Math.max(8, String(total).length);
  return (_, index) => String(index).padStart(digits, '0');
}

/** `class/stem-copy`, or `class/stem-texture-copy` where the texture's class is fixed by the plan. */
function fileName(
  recipe: Recipe,
  contents: readonly ContentInput[],
  styles: readonly StyleInput[],
): (pair: Pair) => string {
  const folders = new KeyMaker();
  const files = new Map<string, KeyMaker>();
  return ({ content: place, style, copy }) => {
    const content = contents[place]!;
    const folder = folders.name(content.className);
    let maker = files.get(folder);
    if (maker === undefined) {
      maker = new KeyMaker();
      files.set(folder, maker);
    }
    const stem = stemOf(content.key);
    const middle = recipe.pairing === 'stratified' ? `-${styles[style]!.className}` : '';
    return `${folder}/${maker.name(`${stem}${middle}-${copy}`, `${content.key}\0${copy}`)}`;
  };
}

function stemOf(key: string): string {
  const base = key.slice(key.lastIndexOf('/') + 1);
  const dot = base.lastIndexOf('.');
  return dot > 0 ? base.slice(0, dot) : base;
}

function groupOutputs(outputs: readonly PlannedOutput[], recipe: PlanRecipe): PlannedGroup[] {
  const groups: PlannedGroup[] = [];
  for (let start = 0; start < outputs.length; start += recipe.group) {
    const members = outputs.slice(start, start + recipe.group);
    groups.push({ index: groups.length, outputs: members, batches: formBatches(members, recipe) });
  }
  return groups;
}

const REFERENCE_AREA = 256 * 256;

/**
 * Outputs of one size (or bucket of sizes) and strength go together; large ones in smaller batches, so that memory stays
 * level. Batches have 1, 2, 4, … outputs: every other number would be another function to compile.
 */
function formBatches(outputs: readonly PlannedOutput[], recipe: PlanRecipe): number[][] {
  const buckets = new Map<string, { readonly limit: number; readonly places: number[] }>();
  for (const [place, output] of outputs.entries()) {
    const { width, height } = paintedSize(recipe, output);
    const key = `${width} ${height} ${output.alpha}`;
    const fitting = Math.floor((recipe.batch * REFERENCE_AREA) / (width * height));
    const bucket = buckets.get(key) ?? { limit: Math.max(1, Math.min(recipe.batch, fitting)), places: [] };
    buckets.set(key, bucket);
    bucket.places.push(place);
  }
  return [...buckets.values()].flatMap(({ limit, places }) => {
    const batches: number[][] = [];
    for (let start = 0; start < places.length; ) {
      const left = places.length - start;
      const size = left >= limit ? limit : 2 ** Math.floor(Math.log2(left));
      batches.push(places.slice(start, start + size));
      start += size;
    }
    return batches;
  });
}

/** A random choice that gives every shape class its turn. */
function pickPreviews(
  outputs: readonly PlannedOutput[],
  contents: readonly ContentInput[],
  count: number,
  root: Rng,
): Set<number> {
  const classes = new Map<number, number[]>();
  for (const index of root.at('previews').permutation(outputs.length)) {
    const { classId } = contents[outputs[index]!.content]!;
    const members = classes.get(classId) ?? [];
    classes.set(classId, members);
    if (members.length < count) members.push(index);
  }
  const picked = new Set<number>();
  const queues = [...classes.values()];
  for (let round = 0; picked.size < Math.min(count, outputs.length); round++) {
    for (const queue of queues) {
      const index = queue[round];
      if (index !== undefined && picked.size < count) picked.add(index);
    }
  }
  return picked;
}

function planHash(recipe: Recipe, contents: readonly ContentInput[], styles: readonly StyleInput[]): string {
  const hash = createHash('sha256').update(`cuemix plan 1\n${canonicalJson(recipe)}\n`);
  for (const { key, className, classId, width, height, bytes } of contents) {
    hash.update(`${canonicalJson(['content', key, className, classId, width, height, bytes])}\n`);
  }
  for (const { key, className, classId, bytes } of styles) {
    hash.update(`${canonicalJson(['style', key, className, classId, bytes])}\n`);
  }
  return hash.digest('hex');
}
