/**
 * Tables, plots and the raw results of what `run.mjs` made: docs/experiments/search/<experiment>.svg and results.jsonl; the
 * tables go to the standard output. Needs a build.
 *
 * node scripts/experiments/search.mjs report [--out runs/experiments-search]
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../support/run.mjs';
import { correlation, estimate, mean } from '../../support/statistics.mjs';
import { EXPERIMENTS } from './plan.mjs';

const { values: given } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/experiments-search' },
    build: { type: 'string', default: join(root, 'dist') },
    docs: { type: 'string', default: join(root, 'docs/experiments/search') },
  },
});
const { costPlot } = await import(join(resolve(given.build), 'report/index.js'));

/** Whether an entry trains networks of another once more, with another seed than its name has. */
const isAgain = (entry) => entry.endsWith('-again');
/** Seeds from which on two entries are correlated. */
const ENOUGH = 6;

const byNumber = new Intl.Collator('en', { numeric: true }).compare;
const results = join(resolve(given.out), 'results');
const names = (await readdir(results)).filter((name) => name.endsWith('.json')).sort(byNumber);
const runs = await Promise.all(
  names.map(async (name) => JSON.parse(await readFile(join(results, name), 'utf8'))),
);
await mkdir(given.docs, { recursive: true });
await writeFile(join(given.docs, 'results.jsonl'), runs.map((run) => `${JSON.stringify(run)}\n`).join(''));

function text(values, digits = 1) {
  const { mean: middle, half } = estimate(values);
  return `${middle.toFixed(digits)}${half === undefined ? '' : ` ± ${half.toFixed(digits)}`}`;
}

for (const { name, metric, entries } of EXPERIMENTS) {
  const scoreOf = ({ metrics }) => 100 * metrics[metric];
  const kinds = Object.keys(entries)
    .map((entry) => ({ entry, own: runs.filter((run) => run.experiment === name && run.entry === entry) }))
    .filter(({ own }) => own.length > 0);
  if (kinds.length === 0) continue;
  const searched = new Map(
    (kinds.find(({ entry }) => entry === 'search')?.own ?? []).map((run) => [run.seed, run]),
  );
  const rows = kinds.map(({ entry, own }) => {
    const pairs = own.filter(({ seed }) => searched.has(seed));
    const gains = pairs.map((run) => scoreOf(searched.get(run.seed)) - scoreOf(run));
    const cost = (key) => {
      const values = own.map(({ cpu }) => cpu[key]).filter((value) => value !== undefined);
      return values.length === 0 ? '–' : mean(values).toFixed(0);
    };
    return [
      entry,
      own.length,
      (mean(own.map(({ macs }) => macs)) / 1e6).toFixed(3),
      Math.round(mean(own.map(({ params }) => params))).toLocaleString('en'),
      own.map((run) => scoreOf(run).toFixed(1)).join(', '),
      text(own.map(scoreOf)),
      entry === 'search' || isAgain(entry) || gains.length === 0 ? '–' : text(gains),
      `${cost('search')} + ${cost('train')}`,
    ];
  });
  const head = [
    'network',
    'seeds',
    'M MACs',
    'parameters',
    `${metric}, each seed`,
    `${metric}, %`,
    'search less this',
    'CPU s, search + training',
  ];
  console.log(
    `\n${name}\n\n| ${head.join(' | ')} |\n|${head.map((_, at) => (at === 0 ? '---' : '---:')).join('|')}|`,
  );
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
  // Entries of one seed share its order, crops and first weights; with their `-again` they share the networks instead.
  for (const [at, one] of kinds.entries())
    for (const other of kinds.slice(at + 1)) {
      const pairs = one.own.flatMap((run) => {
        const same = other.own.find(({ seed }) => seed === run.seed);
        return same ? [[scoreOf(run), scoreOf(same)]] : [];
      });
      if (pairs.length < ENOUGH) continue;
      console.log(
        `correlation of ${one.entry} and ${other.entry}, ${pairs.length} seeds: ${correlation(pairs).toFixed(2)}`,
      );
    }
  const plotted = kinds.filter(({ entry }) => !isAgain(entry));
  const series = plotted.map(({ entry, own }) => ({
    name: entry,
    points: own.map((run) => ({ cost: run.macs / 1e6, score: scoreOf(run) })),
    ...(own.length > 1 && { halfInterval: estimate(own.map(scoreOf)).half }),
  }));
  const svg = costPlot(series, { cost: 'multiply-accumulates, millions', score: `${metric}, %` });
  await writeFile(join(given.docs, `${name}.svg`), `${svg}\n`);
}
