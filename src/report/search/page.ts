import type { LogLine } from '../../trainers/logs/lines.js';
import type { SearchResult } from '../../trainers/search/search.js';
import { milliseconds } from '../../trainers/search/target.js';
import { factList } from '../document.js';
import { escapeHtml } from '../escape.js';
import { type ChartLibrary, chartPage, chartSections } from '../training/chart-page.js';
import type { Chart } from '../training/curves.js';
import { drawArchitecture } from './drawing.js';

/** What a page of a search shows. */
export interface SearchPage {
  readonly name: string;
  readonly result: SearchResult;
  /** Log of the search's training. */
  readonly lines: readonly LogLine[];
  /** Log of the training of what was found; empty where there was none. */
  readonly trained: readonly LogLine[];
  readonly library: ChartLibrary;
}

const STYLE = `
svg.network { width: 100%; max-width: 900px; font-size: 12px; fill: var(--ink); }
svg.network .in { fill: #fff; text-anchor: middle; }
svg.network .note { fill: var(--faint); }
`;

const MILLION = 1e6;

/** Cost by epoch, the penalty, the time of an epoch, and accuracy against cost. */
function chartsOf({ records, target }: SearchResult, lines: readonly LogLine[]): Chart[] {
  const epochs = records.map(({ epoch }) => epoch + 1);
  const macs = target?.macs;
  const isSmall = Math.max(...records.map(({ pressure }) => pressure)) < 0.01;
  const line = (type: string, epoch: number): LogLine | undefined =>
    lines.findLast((entry) => entry.type === type && entry.epoch === epoch);
  const seconds = records.map(({ epoch }) => (line('epoch', epoch)?.seconds as number | undefined) ?? null);
  const points = records
    .map(({ epoch, living }) => {
      const metrics = line('validation', epoch)?.metrics as Record<string, number> | undefined;
      return { living, score: metrics?.top1 ?? metrics?.dice ?? Object.values(metrics ?? {})[0] ?? null };
    })
    .sort((a, b) => a.living - b.living);
  return [
    {
      title: 'Multiply-accumulates, millions',
      x: 'epoch',
      names: ['network', 'without what is dead', ...(macs ? ['target'] : [])],
      data: [
        epochs,
        records.map((record) => record.macs / MILLION),
        records.map(({ living }) => living / MILLION),
        ...(macs ? [records.map(() => macs / MILLION)] : []),
      ],
    },
    {
      title: `Strength of the penalty${isSmall ? ', millionths' : ''}`, // axes show three digits behind the point
      x: 'epoch',
      names: ['penalty'],
      data: [epochs, records.map(({ pressure }) => pressure * (isSmall ? MILLION : 1))],
    },
    { title: 'Seconds per epoch', x: 'epoch', names: ['training'], data: [epochs, seconds] },
    {
      title: 'Validation against cost, by epoch',
      x: 'multiply-accumulates, millions',
      names: ['validation'],
      data: [points.map(({ living }) => living / MILLION), points.map(({ score }) => score)],
    },
  ];
}

/** A search on one page that loads nothing: what was found, how it came about, and the drawing of the network. */
export function searchPage({ name, result, lines, trained, library }: SearchPage): string {
  const charts = result.records.length > 0 ? chartsOf(result, lines) : [];
  const count = (value: number): string => Math.round(value).toLocaleString('en');
  // AtomNAS leaves the network trained; the other searches' validations are of a search network.
  const own = trained.length === 0 && result.search === 'atomnas' ? lines : trained;
  const scores = own.findLast(({ type }) => type === 'validation')?.metrics ?? {};
  const facts = [
    ['Method', result.search],
    ['Multiply-accumulates', count(result.macs)],
    ['Parameters', count(result.params)],
    ['Counted for', result.inputShape.join(' × ')],
    ...(result.latency === undefined ? [] : [['Latency', milliseconds(result.latency)] as const]),
    ...Object.entries(scores as Record<string, number | null>)
      .slice(0, 4)
      .map(([key, value]) => [`Validation ${key}`, value?.toFixed(4) ?? 'NaN'] as const),
    ...Object.entries(result.target ?? {}).map(
      ([unit, value]) =>
        [`Target, ${unit}`, unit === 'latency' ? milliseconds(value) : count(value)] as const,
    ),
  ] as const;
  const main = `<h2>Network</h2>
${drawArchitecture(result.config)}
<h2>Search</h2>
${chartSections(charts)}
<h2>Configuration</h2>
<pre>${JSON.stringify(result.config, undefined, 1).split('\n').map(escapeHtml).join('\n')}</pre>`;
  const title = `Search ${name}`;
  return chartPage({ title, facts: factList(facts), main, charts, library, style: STYLE });
}
