import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatasetError, DecodeError, UsageError } from '../../core/errors.js';
import { folder } from '../../datasets/folder.js';
import type { FolderEntry } from '../../datasets/picture-files.js';
import { isBelow } from '../../io/files/below.js';
import type { Refusal } from '../dataset/manifest.js';
import type { Picture } from '../painting/painter.js';
import type { Medium } from '../produce/medium.js';
import { loadPicture, probePicture, refusalOf } from '../produce/pictures.js';
import { mapLimited } from '../produce/pipeline.js';
import type { ContentInput, Located, StyleInput } from './pairing.js';
import { contentFit, type Plan, type PlanRecipe, planDataset } from './plan.js';
import { MIN_SIDE } from './recipe.js';

/** Class name of pictures that lie in no class folder. */
export const NO_CLASS = 'unsorted';

/** Where the inputs of a dataset are. */
export interface Inputs {
  /** A folder of pictures, one folder for each class or none. */
  readonly content: string;
  /** A folder of style pictures, or `self` for the content pictures. */
  readonly styles: string;
  /** A class index for the content, see `readClassIndex`. */
  readonly classIndex?: string | undefined;
}

/** How a scan goes about it. */
export interface ScanOptions {
  readonly workers: number;
  /** Throw at the first unreadable picture instead of setting it aside. */
  readonly failFast: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: (phase: 'scan' | 'check', done: number, total: number) => void;
}

/** All inputs, looked at, and the plan that follows from them. */
export interface Survey {
  readonly contents: readonly Located<ContentInput>[];
  readonly styles: readonly Located<StyleInput>[];
  readonly refusals: readonly Refusal[];
  /** Files listed, good and bad. */
  readonly found: { readonly contents: number; readonly styles: number };
  readonly classes: readonly string[];
  readonly styleClasses: readonly string[];
  /** What to call the classes, where a class index says so. */
  readonly classNames?: readonly string[];
  readonly plan: Plan;
}

/**
 * Lists the inputs, reads their headers, and plans. With stratified pairing, whose counts must be exact, the pictures that
 * the plan drew are also decoded once, and unreadable ones planned around.
 * Throws `DatasetError` when nothing usable is found, `UsageError` when styles do not suffice.
 */
export async function survey(
  recipe: PlanRecipe,
  inputs: Inputs,
  options: ScanOptions,
  medium: Pick<Medium<Picture>, 'extensions' | 'probe' | 'load'>,
): Promise<Survey> {
  const listed = await folder(inputs.content, {
    ...(medium.extensions && { extensions: medium.extensions }),
    ...(inputs.classIndex === undefined ? {} : { classIndex: inputs.classIndex }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  const classes = listed.classes ?? [NO_CLASS];
  const styleEntries = recipe.styles === 'self' ? [] : await listStyles(inputs.styles, options.signal);
  const total = listed.entries.length + styleEntries.length;
  let done = 0;
  const probe = async (entry: FolderEntry, role: Refusal['role']): Promise<Probed> => {
    options.signal?.throwIfAborted();
    try {
      const probed = await (role === 'content' ? medium.probe : probePicture)(entry.path, options.signal);
      if (role === 'content') refuseTiny(recipe, entry, probed);
      return { entry, ...probed };
    } catch (error) {
      return { entry, refusal: refuse(error, role, entry, options) };
    } finally {
      options.onProgress?.('scan', ++done, total);
    }
  };
  const probedContents = await mapLimited(listed.entries, options.workers, (entry) =>
    probe(entry, 'content'),
  );
  const probedStyles = await mapLimited(styleEntries, options.workers, (entry) => probe(entry, 'style'));
  let contents = probedContents.flatMap((probed): Located<ContentInput>[] => {
    if ('refusal' in probed) return [];
    const { entry, width, height, bytes } = probed;
    const classId = entry.classId ?? 0;
    return [{ key: entry.id, file: entry.path, classId, className: classes[classId]!, width, height, bytes }];
  });
  let styles = probedStyles.flatMap((probed): Located<StyleInput>[] => {
    if ('refusal' in probed) return [];
    const { entry, bytes } = probed;
    const className = entry.id.includes('/') ? entry.id.slice(0, entry.id.indexOf('/')) : NO_CLASS;
    const classId = classes.indexOf(className);
    return [{ key: entry.id, file: entry.path, className, classId: classId < 0 ? null : classId, bytes }];
  });
  const refusals = [...probedContents, ...probedStyles].flatMap((probed) =>
    'refusal' in probed ? [probed.refusal] : [],
  );
  const self = recipe.styles === 'self';
  const checked = new Set<string>();
  for (;;) {
    if (contents.length === 0) throw nothing('content', inputs.content, refusals);
    if (!self && styles.length === 0) throw nothing('style', inputs.styles, refusals);
    const stylesNow = self ? contents : styles;
    const plan = planDataset(recipe, contents, stylesNow);
    const bad =
      recipe.pairing === 'stratified'
        ? await checkDrawn(plan, contents, stylesNow, self, checked, options, (file) =>
            medium.load(file, recipe.video && contentFit(recipe), options.signal),
          )
        : [];
    if (bad.length === 0) {
      return {
        contents,
        styles: stylesNow,
        refusals,
        found: {
          contents: listed.entries.length,
          styles: self ? listed.entries.length : styleEntries.length,
        },
        classes,
        ...(inputs.classIndex === undefined || listed.classNames === undefined
          ? {}
          : { classNames: listed.classNames }),
        styleClasses: [...new Set(stylesNow.map(({ className }) => className))],
        plan,
      };
    }
    refusals.push(...bad);
    const gone = (role: Refusal['role']) =>
      new Set(bad.filter((r) => r.role === role).map(({ path }) => path));
    const [goneContents, goneStyles] = [gone('content'), gone('style')];
    contents = contents.filter(({ key }) => !goneContents.has(key));
    styles = styles.filter(({ key }) => !goneStyles.has(key));
  }
}

type Probed = { readonly entry: FolderEntry } & (
  | { readonly width: number; readonly height: number; readonly bytes: number }
  | { readonly refusal: Refusal }
);

async function listStyles(root: string, signal: AbortSignal | undefined): Promise<readonly FolderEntry[]> {
  const { entries } = await folder(root, { layout: 'flat', ...(signal === undefined ? {} : { signal }) });
  return entries;
}

function refuse(
  error: unknown,
  role: Refusal['role'],
  { id, path }: FolderEntry,
  options: ScanOptions,
): Refusal {
  const refusal = refusalOf(error, role, id, path);
  if (options.failFast) throw error;
  return refusal;
}

/** A picture that keeps its size must be large enough for a network. Throws `DecodeError` E_TOO_SMALL. */
function refuseTiny(
  recipe: PlanRecipe,
  { path }: FolderEntry,
  size: { width: number; height: number },
): void {
  if (recipe.size !== 'keep' || Math.min(size.width, size.height) >= MIN_SIDE) return;
  const reason = `it has ${size.width}x${size.height} pixels; sides of ${MIN_SIDE} are needed to keep the size.`;
  throw new DecodeError('E_TOO_SMALL', path, reason);
}

/** Decodes what the plan drew and nobody decoded yet; gives the refusals. */
async function checkDrawn(
  plan: Plan,
  contents: readonly Located<ContentInput>[],
  styles: readonly Located<StyleInput>[],
  self: boolean,
  checked: Set<string>,
  options: ScanOptions,
  loadContent: (file: string) => Promise<unknown>,
): Promise<Refusal[]> {
  const drawn = new Map<
    string,
    { readonly role: Refusal['role']; readonly id: string; readonly path: string }
  >();
  const add = (role: Refusal['role'], { key, file }: { key: string; file: string }): void => {
    if (!checked.has(file)) drawn.set(file, { role, id: key, path: file });
  };
  for (const { content, style } of plan.outputs) {
    add('content', contents[content]!);
    add(self ? 'content' : 'style', styles[style]!);
  }
  let done = 0;
  const results = await mapLimited([...drawn.values()], options.workers, async (item) => {
    options.signal?.throwIfAborted();
    try {
      if (item.role === 'content') await loadContent(item.path);
      else await loadPicture(item.path, undefined, options.signal);
      checked.add(item.path);
      return undefined;
    } catch (error) {
      return refuse(error, item.role, item, options);
    } finally {
      options.onProgress?.('check', ++done, drawn.size);
    }
  });
  return results.filter((refusal) => refusal !== undefined);
}

function nothing(what: string, root: string, refusals: readonly Refusal[]): DatasetError {
  const first = refusals.find(({ role }) => role === what);
  const reason = first === undefined ? '' : ` The first: ${first.message}`;
  return new DatasetError(
    'E_EMPTY',
    `Expected readable ${what} files in ${root} but all were refused.${reason}`,
  );
}

/** Refuses an output folder whose pictures would be inputs, or lie among them. Throws `UsageError`. */
export async function refuseOverlap(out: string, inputs: Inputs): Promise<void> {
  const target = await realPlace(out);
  for (const input of inputs.styles === 'self' ? [inputs.content] : [inputs.content, inputs.styles]) {
    const source = await realPlace(input);
    const own = ['images', 'clips', 'shards'].map((name) => join(target, name));
    if (within(target, source) || own.some((folder) => within(source, folder))) {
      throw new UsageError(`The output folder ${out} overlaps the input folder ${input}: choose another.`);
    }
  }
}

function within(inner: string, outer: string): boolean {
  return inner === outer || isBelow(outer, inner);
}

/** The real path of something that need not exist yet. */
async function realPlace(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : join(await realPlace(parent), basename(full));
  }
}
