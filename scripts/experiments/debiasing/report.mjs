import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accuracyFigure, convergenceFigure } from './figures.mjs';
import { kept, writeText } from './files.mjs';
import { gather } from './results.mjs';
import { shapeFigure } from './shape-figure.mjs';
import { corruptionsTable, cuesTable, differencesTable, epochsTable, meansTable } from './tables.mjs';

const PAGE = `${kept}.md`;
const CONVERGENCE = ['plain', 'bnet3', 'bnet5'];
const BIASES = ['plain', 'debiased', 'shape-biased', 'texture-biased'];

/** Writes the kept numbers, the figures, and the tables of docs/experiments/debiasing.md. */
export async function report(place) {
  const rows = await gather(place);
  if (rows.length === 0) throw new Error(`Expected measured networks in ${place.out} but there are none.`);
  const has = (arm) => rows.some((row) => row.arm === arm);
  const tables = {
    means: meansTable(rows),
    differences: differencesTable(rows),
    cues: cuesTable(rows),
    corruptions: corruptionsTable(rows, BIASES.filter(has)),
    epochs: epochsTable(rows, CONVERGENCE),
  };
  let page = await readFile(PAGE, 'utf8');
  for (const [name, text] of Object.entries(tables)) {
    const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
    const [from, to] = [page.indexOf(start), page.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`Expected ${start} … ${end} in ${PAGE}.`);
    page = `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`;
  }
  await writeText(PAGE, page);
  await writeText(join(kept, 'accuracy.svg'), accuracyFigure(rows));
  await writeText(join(kept, 'convergence.svg'), convergenceFigure(rows, CONVERGENCE.filter(has)));
  await shapeFigure(place, BIASES);
}
