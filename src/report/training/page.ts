import { figures } from '../../core/figures.js';
import type { LogLine } from '../../trainers/logs/lines.js';
import { factList } from '../document.js';
import { escapeHtml } from '../escape.js';
import { spaced } from '../spaced.js';
import { type ChartLibrary, chartPage, chartSections } from './chart-page.js';
import { confusionTable } from './confusion.js';
import { chartsOf } from './curves.js';

/** What a page of a training shows. */
export interface TrainingPage {
  readonly name: string;
  readonly lines: readonly LogLine[];
  /** The recipe as text. */
  readonly recipe: string;
  readonly classes: readonly string[];
  /** Rows: truth; columns: prediction. */
  readonly confusion?: readonly (readonly number[])[];
  /** A contact sheet of a training batch, JPEG. */
  readonly samples?: Buffer;
  readonly library: ChartLibrary;
}

/** Curves, a batch and the confusion matrix of a run on one page that loads nothing and allows nothing but itself. */
export function trainingPage({
  name,
  lines,
  recipe,
  classes,
  confusion,
  samples,
  library,
}: TrainingPage): string {
  const charts = chartsOf(lines);
  const sheet = samples
    ? `<h2>A batch as it is read</h2>\n<img class="samples" alt="Contact sheet of training samples" src="data:image/jpeg;base64,${samples.toString('base64')}">`
    : '';
  const main = `<h2>Curves</h2>
${chartSections(charts)}
${confusion ? `<h2>Confusion matrix of the last validation</h2>\n${confusionTable(confusion, classes)}` : ''}
${sheet}
<h2>Epochs</h2>
${epochTable(lines)}
<h2>Recipe</h2>
<pre>${recipe.split('\n').map(escapeHtml).join('\n')}</pre>`;
  return chartPage({ title: `Training ${name}`, facts: facts(lines), main, charts, library });
}

/** Metrics as a log keeps them: what was no finite number is null there. */
type Metrics = Readonly<Record<string, number | null>>;

function facts(lines: readonly LogLine[]): string {
  const last = (type: LogLine['type']): LogLine | undefined => lines.findLast((line) => line.type === type);
  const [start, epoch, validation] = [last('start'), last('epoch'), last('validation')];
  const final = lines.at(-1); // an earlier end is that of a part before a resume
  const waited = (line: LogLine): string => `${(100 * (line.waiting as number)).toFixed(1)} %`;
  const metrics = Object.entries((validation?.metrics ?? {}) as Metrics);
  const rows: (readonly [string, string])[] = [
    ['State', final?.type === 'end' ? String(final.reason) : 'running or cut off'],
    ['Epochs', `${lines.filter(({ type }) => type === 'epoch').length} of ${start?.epochs}`],
    ['Parameters', spaced(Number(start?.parameters))],
    ['Batch', String(start?.batch)],
    ['Learning rate', figures(Number(start?.rate))],
    ...metrics.slice(0, 6).map(([key, value]) => [`Validation ${key}`, value?.toFixed(4) ?? 'NaN'] as const),
    ...(epoch ? [['Waiting for data', waited(epoch)] as const] : []),
  ];
  return factList(rows);
}

function epochTable(lines: readonly LogLine[]): string {
  const validations = new Map(
    lines.filter(({ type }) => type === 'validation').map((line) => [line.epoch, line]),
  );
  const names = [
    ...new Set([...validations.values()].flatMap(({ metrics }) => Object.keys(metrics as object))),
  ].slice(0, 8);
  const head = [
    'Epoch',
    'Loss',
    'Accuracy',
    ...names.map((name) => `Validation ${name}`),
    'Seconds',
    'Waiting',
  ];
  const rows = lines
    .filter(({ type }) => type === 'epoch')
    .map((line) => {
      const found = validations.get(line.epoch)?.metrics as Metrics | undefined;
      const cells = [
        String(line.epoch! + 1),
        (line.loss as number | null)?.toFixed(4) ?? 'NaN',
        `${(100 * (line.accuracy as number)).toFixed(1)} %`,
        ...names.map((name) => found?.[name]?.toFixed(4) ?? ''),
        (line.seconds as number).toFixed(1),
        `${(100 * (line.waiting as number)).toFixed(1)} %`,
      ];
      return `<tr>${cells.map((cell) => `<td class="n">${cell}</td>`).join('')}</tr>`;
    });
  return `<div class="scroll"><table><thead><tr>${head.map((cell) => `<th>${escapeHtml(cell)}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}
