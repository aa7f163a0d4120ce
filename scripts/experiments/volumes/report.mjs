import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { mean } from '../../support/statistics.mjs';
import { curves } from './figures.mjs';
import { overlays, scoresOf } from './overlays.mjs';
import { costOf, gather } from './results.mjs';
import { sets } from './sets.mjs';
import { scansTable, surfaceTable, table } from './tables.mjs';

const SHOWN = 4;

/**
 * Prints what is finished and writes the overlays beside the runs. Where `kept` is told, numbers and curves go there, and
 * the tables into the page `<kept>.md`.
 */
export async function report({ name, data, out }, kept) {
  const set = sets[name];
  const rows = await gather(set, out);
  if (rows.length === 0) throw new Error(`Expected finished runs in ${out} but there are none.`);
  const costs = new Map();
  for (const { network, parameters, macs } of rows)
    costs.set(network, set.peers[network] ? { parameters, macs } : await costOf(set, name, network));
  const tables = [table(set, rows, costs)];
  if (name === 'hippocampus') tables.push(...(await scans(set, rows, join(data, name, 'val'), out)));
  console.log(tables.join('\n\n'));
  if (kept === undefined) return;
  await mkdir(kept, { recursive: true });
  const title = `${Object.values(set.metrics)[0]} over the epochs: mean and range of the seeds`;
  await writeFile(join(kept, `${name}.svg`), curves(set, rows, title));
  const numbers = rows.map(({ network, seed, metrics, curve }) => ({
    ...{ network, seed, ...costs.get(network), metrics },
    curve: curve.map((point) => ({ epoch: point.epoch, [set.curve]: point[set.curve] })),
  }));
  await writeFile(join(kept, `${name}.json`), `${JSON.stringify(numbers, undefined, 2)}\n`);
  await fill(`${kept}.md`, name, tables.join('\n\n'));
}

/** Puts text between the marks of its name on a page. */
async function fill(path, name, text) {
  const [start, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const page = await readFile(path, 'utf8');
  const [from, to] = [page.indexOf(start), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`Expected ${start} … ${end} in ${path}.`);
  await writeFile(path, `${page.slice(0, from + start.length)}\n\n${text}\n\n${page.slice(to)}`);
}

/** Tables of what was found in the scans; draws pictures of the first scans by the runs of seed 0. */
async function scans(set, rows, data, out) {
  const own = rows.filter(({ network }) => set.names[network] !== undefined);
  const found = new Map();
  const overlap = new Map(); // of every network: Dice of each scan, seed by seed
  for (const { network, run, curve } of rows) {
    const peers = curve.at(-1).scans?.map((classes) => mean(classes));
    const scores = peers ? [] : await scoresOf(run, join(data, 'labels'));
    if (!peers) found.set(network, [...(found.get(network) ?? []), ...scores.flat()]);
    const each = peers ?? scores.map((classes) => mean(classes.map(({ dice }) => dice)));
    overlap.set(network, [...(overlap.get(network) ?? []), each]);
  }
  const first = own.filter(({ seed }) => seed === 0).map(({ run }) => run);
  const names = (await readdir(join(data, 'images'))).sort().slice(0, SHOWN);
  const picture = join(out, 'overlays.png');
  await overlays(
    first,
    data,
    names.map((file) => file.replace('.nii.gz', '')),
    picture,
  );
  const columns = first.map((run) => basename(run)).join(', ');
  console.log(`${picture}: scan, truth, ${columns}\n`);
  return [scansTable(set, overlap), surfaceTable(set, found)];
}
