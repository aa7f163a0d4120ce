import { join } from 'node:path';
import { counted } from '../core/plural.js';
import type { GenerateSummary, Prospect } from '../styletransfer/generate.js';
import { formatDuration, formatRate } from './support/format.js';

const EXAMPLES = 5;

/** What a run did, for people. */
export function describeDataset({ out, dataset, made, earlier, stylizeSeconds }: GenerateSummary): string {
  const { outputs, contents, styles } = dataset.counts;
  const refused = contents.refused + (dataset.recipe.styles === 'self' ? 0 : styles.refused);
  const rate =
    made === 0 ? '' : ` in ${formatDuration(stylizeSeconds)} (${formatRate(made / stylizeSeconds)})`;
  const lines = [
    made === 0 && earlier > 0
      ? `Nothing to do: the dataset is whole, with ${outputs.delivered} ${dataset.recipe.video ? 'clips' : 'pictures'}.`
      : `${made} ${dataset.recipe.video ? 'clips' : 'pictures'} made${rate}; the dataset has ${outputs.delivered}.`,
    ...(refused > 0
      ? [`${counted(refused, 'input file')} refused; why: ${join(out, 'quarantine.jsonl')}`]
      : []),
    ...(outputs.refused > 0
      ? [
          `${counted(outputs.refused, dataset.recipe.video ? 'planned clip' : 'planned picture')} missing because of that.`,
        ]
      : []),
    ...dataset.files
      .filter(({ path }) => path === 'sheet.jpg' || path === 'report.html')
      .map(({ path }) => `${path === 'sheet.jpg' ? 'Contact sheet' : 'Report'}: ${join(out, path)}`),
    `${dataset.recipe.video ? 'Clips' : 'Pictures'}: ${join(out, folderOf(dataset.recipe))}, labels: ${join(out, 'manifest.jsonl')}`,
    `Hash of the whole: ${dataset.hash}`,
  ];
  return lines.join('\n');
}

const folderOf = ({ format, video }: GenerateSummary['dataset']['recipe']): string =>
  format === 'tar' ? 'shards' : video ? 'clips' : 'images';

/** What would be made, as JSON. */
export function prospectJson({ recipe, survey, groups }: Prospect): object {
  const outputs = groups.flatMap((group) => group.outputs);
  return {
    dryRun: true,
    recipe,
    plan: survey.plan.hash,
    contents: survey.found.contents,
    styles: survey.found.styles,
    refused: survey.refusals,
    classes: survey.classes,
    styleClasses: survey.styleClasses,
    outputs: outputs.length,
    groups: groups.length,
    batches: groups.reduce((sum, { batches }) => sum + batches.length, 0),
    sizes: Object.fromEntries(countSizes(outputs)),
  };
}

/** What would be made, for people. */
export function describeProspect({ recipe, survey, groups }: Prospect, out: string): string {
  const outputs = groups.flatMap((group) => group.outputs);
  const sizes = [...countSizes(outputs)].sort(([, a], [, b]) => b - a);
  const shown = (names: readonly string[]): string =>
    names.slice(0, 8).join(', ') + (names.length > 8 ? `, … (${names.length})` : '');
  const lines = [
    `Would make ${counted(outputs.length, recipe.video ? 'clip' : 'picture')} in ${counted(groups.length, 'group')} in ${out}.`,
    `Content: ${counted(survey.found.contents, 'file')}, classes: ${shown(survey.classes)}`,
    `Styles: ${recipe.styles === 'self' ? 'the contents' : `${counted(survey.found.styles, 'file')}, classes: ${shown(survey.styleClasses)}`}`,
    `Sizes: ${sizes
      .slice(0, 5)
      .map(([name, n]) => `${name} (${n})`)
      .join(', ')}${sizes.length > 5 ? `, and ${sizes.length - 5} more` : ''}`,
    ...(survey.refusals.length > 0
      ? [`Refused: ${counted(survey.refusals.length, 'file')}, for example: ${survey.refusals[0]!.message}`]
      : []),
    'For example:',
    ...outputs.slice(0, EXAMPLES).map(({ content, style, alpha, name }) => {
      const [from, like] = [survey.contents[content]!.key, survey.styles[style]!.key];
      return `  ${from} in the style of ${like}, alpha ${alpha} -> ${name}`;
    }),
  ];
  return lines.join('\n');
}

function countSizes(outputs: readonly { width: number; height: number }[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { width, height } of outputs) {
    const name = `${width}x${height}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
