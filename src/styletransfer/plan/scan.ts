import { DatasetError } from '../../core/errors.js';
import { folder } from '../../datasets/folder.js';
import type { FolderEntry } from '../../datasets/picture-files.js';
import type { Refusal } from '../dataset/manifest.js';
import type { Picture } from '../painting/painter.js';
import type { Medium } from '../produce/medium.js';
import { checkDrawn } from './check-drawn.js';
import type { Inputs, ScanOptions } from './inputs.js';
import type { ContentInput, Located, StyleInput } from './pairing.js';
import { contentFit, type Plan, type PlanRecipe, planDataset } from './plan.js';
import { probeInputs } from './probe.js';

/** Class name of pictures that lie in no class folder. */
export const NO_CLASS = 'unsorted';

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
  const progress = () => options.onProgress?.('scan', ++done, total);
  const probedContents = await probeInputs(listed.entries, 'content', recipe, options, medium, progress);
  const probedStyles = await probeInputs(styleEntries, 'style', recipe, options, medium, progress);
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

async function listStyles(root: string, signal: AbortSignal | undefined): Promise<readonly FolderEntry[]> {
  const { entries } = await folder(root, { layout: 'flat', ...(signal === undefined ? {} : { signal }) });
  return entries;
}

function nothing(what: string, root: string, refusals: readonly Refusal[]): DatasetError {
  const first = refusals.find(({ role }) => role === what);
  const reason = first === undefined ? '' : ` The first: ${first.message}`;
  return new DatasetError(
    'E_EMPTY',
    `Expected readable ${what} files in ${root} but all were refused.${reason}`,
  );
}
