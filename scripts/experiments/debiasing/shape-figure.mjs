import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cuemix } from './cuemix.mjs';
import { exists, kept } from './files.mjs';
import { setsOf } from './sets.mjs';

/** The dot plot of `cuemix eval` for the networks of seed 0, where they are at hand. */
export async function shapeFigure(place, arms) {
  const runs = arms.map((arm) => join(place.out, 'runs', `${arm}-0`));
  const found = await Promise.all(runs.map((run) => exists(`${run}.json`)));
  if (!found.every(Boolean)) return;
  const [first, ...others] = runs;
  const out = join(place.out, 'shape-bias');
  const how = ['--as', 'cue-conflict', '--precision', 'bf16', '--workers', '0', '--out', out];
  await cuemix(
    place,
    ['eval', first, setsOf(place).cues, ...how, '--vs', ...others],
    join(place.out, 'shape-bias.log'),
  );
  await copyFile(join(out, 'shape-bias.svg'), join(kept, 'shape-bias.svg'));
}
