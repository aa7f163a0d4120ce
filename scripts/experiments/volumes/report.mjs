import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curves } from './figures.mjs';
import { overlays, scoresOf } from './overlays.mjs';
import { costOf, gather } from './results.mjs';
import { sets } from './sets.mjs';
import { surfaceTable, table } from './tables.mjs';

const SHOWN = 4;

/** Prints what is finished; writes the overlays beside the runs, and numbers and curves to `kept` where it is told. */
export async function report({ name, data, out }, kept) {
  const set = sets[name];
  const rows = await gather(set, out);
  if (rows.length === 0) throw new Error(`Expected finished runs in ${out} but there are none.`);
  const costs = new Map();
  for (const { network, parameters, macs } of rows)
    costs.set(network, set.peers[network] ? { parameters, macs } : await costOf(set, name, network));
  console.log(table(set, rows, costs));
  if (name === 'hippocampus') await scans(set, rows, join(data, name, 'val'), out);
  if (kept === undefined) return;
  await mkdir(kept, { recursive: true });
  const title = `${Object.values(set.metrics)[0]} over the epochs: mean and range of the seeds`;
  await writeFile(join(kept, `${name}.svg`), curves(set, rows, title));
  const numbers = rows.map(({ network, seed, metrics, curve }) => ({
    ...{ network, seed, ...costs.get(network), metrics },
    curve: curve.map((point) => ({ epoch: point.epoch, [set.curve]: point[set.curve] })),
  }));
  await writeFile(join(kept, `${name}.json`), `${JSON.stringify(numbers, undefined, 2)}\n`);
}

/** Distances of surfaces, and pictures of the first scans by the runs of seed 0. */
async function scans(set, rows, data, out) {
  const own = rows.filter(({ network }) => set.names[network] !== undefined);
  const found = new Map();
  for (const { network, run } of own)
    found.set(network, [...(found.get(network) ?? []), ...(await scoresOf(run, join(data, 'labels')))]);
  console.log(`\n${surfaceTable(set, found)}`);
  const first = own.filter(({ seed }) => seed === 0).map(({ run }) => run);
  const names = (await readdir(join(data, 'images'))).sort().slice(0, SHOWN);
  const picture = join(out, 'overlays.png');
  await overlays(
    first,
    data,
    names.map((file) => file.replace('.nii.gz', '')),
    picture,
  );
  console.log(
    `\nOverlays, columns: scan, truth, ${first.map((run) => run.split('/').at(-1)).join(', ')}: ${picture}`,
  );
}
