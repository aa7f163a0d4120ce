import { join } from 'node:path';
import type { LimitFunction } from 'p-limit';
import { DatasetError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { dual, type Label } from '../../core/label.js';
import type { ManifestEntry, Preview, Refusal } from '../dataset/manifest.js';
import { shardPath, writeDurable } from '../dataset/workspace.js';
import type { Picture } from '../painting/painter.js';
import { contentFit, type PlannedGroup, type PlannedOutput } from '../plan/plan.js';
import { Cache } from './cache.js';
import { encodePicture, loadPicture, refusalOf, thumbnail } from './pictures.js';
import type { Production } from './produce.js';

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
export interface Prepared<Style> {
  readonly output: PlannedOutput;
  readonly content: Picture;
  /** The style taken, by its place, and what is known of it. */
  readonly styleIndex: number;
  readonly style: Style;
  readonly redraws: number;
}

/** Reads styles and lets the painter look at each once. */
export function styleCache<Style>(production: Production<Style>, limit: LimitFunction): Cache<number, Style> {
  return new Cache(CACHED_STYLES, async (index) => {
    const picture = await limit(() => loadStyle(production, index));
    return production.painter.encodeStyle(picture);
  });
}

function loadStyle<Style>(production: Production<Style>, index: number): Promise<Picture> {
  const { styleSize } = production.recipe;
  const fit = { fit: 'cover', width: styleSize, height: styleSize } as const;
  return loadPicture(production.styles[index]!.file, fit, production.signal);
}

/** Reads the content and finds a readable style; undefined, with a refusal on record, when either cannot be had. */
export async function prepareOutput<Style>(
  production: Production<Style>,
  styles: Cache<number, Style>,
  limit: LimitFunction,
  group: OpenGroup,
  output: PlannedOutput,
): Promise<Prepared<Style> | undefined> {
  const { key, file } = production.contents[output.content]!;
  let content: Picture;
  try {
    content = await limit(() => loadPicture(file, contentFit(production.recipe), production.signal));
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
export async function writeOutput<Style>(
  production: Production<Style>,
  group: OpenGroup,
  prepared: Prepared<Style>,
  painted: Picture,
): Promise<void> {
  const { recipe, plan } = production;
  const { output } = prepared;
  const bytes = await encodePicture(painted, recipe);
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
      [prepared.content, style, painted].map(thumbnail),
    );
    group.previews.push({ index: output.index, content: content!, style: styleThumb!, result: result! });
  }
}

function placeOf<Style>(
  { recipe }: Production<Style>,
  group: OpenGroup,
  output: PlannedOutput,
): Pick<ManifestEntry, 'path' | 'member'> {
  const extension = recipe.image === 'png' ? 'png' : 'jpg';
  const name = `${output.name}.${extension}`;
  if (recipe.format === 'tar') return { path: shardPath(group.planned.index), member: name };
  return { path: `images/${name}` };
}

function describe<Style>(
  { recipe, contents, styles }: Production<Style>,
  { output, styleIndex, redraws }: Prepared<Style>,
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
