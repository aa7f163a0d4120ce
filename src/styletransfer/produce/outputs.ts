import { join } from 'node:path';
import type { LimitFunction } from 'p-limit';
import { DatasetError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { dual, type Label } from '../../core/label.js';
import type { ManifestEntry, Preview, Refusal } from '../dataset/manifest.js';
import { shardPath, writeDurable } from '../dataset/workspace.js';
import type { Picture } from '../painting/painter.js';
import { contentFit, type PlannedGroup, type PlannedOutput, type PlanRecipe } from '../plan/plan.js';
import { Cache } from './cache.js';
import type { Medium } from './medium.js';
import { loadPicture, refusalOf, thumbnail } from './pictures.js';
import type { Production } from './production.js';

const CACHED_STYLES = 8192; // statistics of one style are a few kilobytes

/** A group that is being made. */
export interface OpenGroup {
  readonly planned: PlannedGroup;
  readonly folder: string;
  readonly entries: ManifestEntry[];
  readonly refusals: Refusal[];
  readonly previews: Preview[];
}

/** An output whose two pictures are at hand. */
export interface Prepared<Style, Content = Picture> {
  readonly output: PlannedOutput;
  readonly content: Content;
  /** The style taken, by its place, and what is known of it. */
  readonly styleIndex: number;
  readonly style: Style;
  readonly redraws: number;
}

/** Reads styles and lets the painter look at each once. */
export function styleCache<Style, Content extends Picture>(
  production: Production<Style, Content>,
  limit: LimitFunction,
): Cache<number, Style> {
  return new Cache(CACHED_STYLES, async (index) => {
    const picture = await limit(() => loadStyle(production, index));
    return production.painter.encodeStyle(picture);
  });
}

function loadStyle<Style, Content extends Picture>(
  { recipe, styles, medium, signal }: Production<Style, Content>,
  index: number,
): Promise<Picture> {
  const { styleSize } = recipe;
  const fit = { fit: 'cover', width: styleSize, height: styleSize } as const;
  const load = recipe.styles === 'self' ? medium.still : loadPicture;
  return load(styles[index]!.file, fit, signal);
}

/** Reads the content and finds a readable style; undefined, with a refusal on record, when either cannot be had. */
export async function prepareOutput<Style, Content extends Picture>(
  production: Production<Style, Content>,
  styles: Cache<number, Style>,
  limit: LimitFunction,
  group: OpenGroup,
  output: PlannedOutput,
): Promise<Prepared<Style, Content> | undefined> {
  const { key, file } = production.contents[output.content]!;
  let content: Content;
  try {
    content = await limit(() =>
      production.medium.load(file, contentFit(production.recipe), production.signal),
    );
  } catch (error) {
    const refusal = refusalOf(error, 'content', key, file);
    if (production.failFast) throw error;
    group.refusals.push({ ...refusal, outputs: [output.index] });
    return undefined;
  }
  if (content.width !== output.width || content.height !== output.height) {
    throw new DatasetError(
      'E_CHANGED',
      `Expected ${file} as it was when the run was planned: it was changed meanwhile.`,
    );
  }
  const refused = new Set<number>();
  let styleIndex: number | undefined = output.style;
  while (styleIndex !== undefined) {
    try {
      return { output, content, styleIndex, style: await styles.get(styleIndex), redraws: refused.size };
    } catch (error) {
      refused.add(styleIndex);
      const next = production.plan.redraw(output, refused);
      const style = production.styles[styleIndex]!;
      // A picture that is content and style at once has one record; its outputs as content are added by its own turn.
      const role = production.recipe.styles === 'self' ? 'content' : 'style';
      const refusal = refusalOf(error, role, style.key, style.file);
      if (production.failFast) throw error;
      group.refusals.push({ ...refusal, outputs: next === undefined ? [output.index] : [] });
      styleIndex = next;
    }
  }
  return undefined;
}

/** Encodes and writes one painted output into its group's folder. */
export async function writeOutput<Style, Content extends Picture>(
  production: Production<Style, Content>,
  group: OpenGroup,
  prepared: Prepared<Style, Content>,
  painted: Content,
): Promise<void> {
  const { recipe, plan, medium, signal } = production;
  const { output } = prepared;
  const bytes = await medium.encode(painted, signal);
  await writeDurable(join(group.folder, String(output.index)), bytes, recipe.format === 'folder');
  const place = placeOf(production, group, output);
  const { width, height } = painted;
  group.entries.push({
    ...place,
    ...describe(production, prepared),
    width,
    height,
    bytes: bytes.length,
    sha256: sha256(bytes),
  });
  if (plan.previews.has(output.index)) {
    const style = await loadStyle(production, prepared.styleIndex);
    const [content, styleThumb, result] = await Promise.all(
      [medium.shown(prepared.content), style, medium.shown(painted)].map(thumbnail),
    );
    group.previews.push({ index: output.index, content: content!, style: styleThumb!, result: result! });
  }
}

function placeOf(
  {
    recipe,
    medium,
  }: { readonly recipe: PlanRecipe; readonly medium: Pick<Medium<never>, 'folder' | 'extension'> },
  group: OpenGroup,
  output: PlannedOutput,
): Pick<ManifestEntry, 'path' | 'member'> {
  const name = `${output.name}.${medium.extension}`;
  if (recipe.format === 'tar') return { path: shardPath(group.planned.index), member: name };
  return { path: `${medium.folder}/${name}` };
}

function describe(
  { recipe, contents, styles }: Pick<Production<unknown>, 'recipe' | 'contents' | 'styles'>,
  { output, styleIndex, redraws }: Omit<Prepared<unknown>, 'content'>,
) {
  const content = contents[output.content]!;
  const style = styles[styleIndex]!;
  return {
    index: output.index,
    content: content.key,
    style: style.key,
    shape: { id: content.classId, name: content.className },
    texture: { id: style.classId, name: style.className },
    votes: [...votes(content.classId, style.classId, recipe.gamma)],
    alpha: output.alpha,
    copy: output.copy,
    redraws,
  };
}

/** A texture of no known class has no vote: all weight is the shape's. */
function votes(shape: number, texture: number | null, gamma: number): Label {
  if (texture === null) return [{ classId: shape, weight: 1, cue: 'shape' }];
  return dual(shape, texture, gamma);
}
