/**
 * Processor time of a training step of a search network and of what was found in it, by turns in one process.
 *
 * node scripts/experiments/search.mjs steps --out runs/experiments-search [--search atomnas-search-0] [--rounds 3]
 *
 * OUT is the folder of `run.mjs`, which has made that search.
 */
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root } from '../../support/run.mjs';

const { values: given } = parseArgs({
  options: {
    out: { type: 'string', default: 'runs/experiments-search' },
    search: { type: 'string', default: 'atomnas-search-0' },
    rounds: { type: 'string', default: '3' },
    build: { type: 'string', default: join(root, 'dist') },
  },
});
const { readRecipe, train } = await import(join(resolve(given.build), 'trainers/index.js'));
const WARM_UP = 5;
const STEPS = 20;

try {
  await compare(resolve(given.out));
} catch (error) {
  fail(error);
}

async function compare(out) {
  const found = JSON.parse(await readFile(join(out, 'results', `${given.search}.json`), 'utf8'));
  process.chdir(join(out, 'data'));
  const recipe = join(root, 'scripts/experiments/search/recipes', `${found.experiment}.yaml`);
  const { family, options } = found.config;
  const changes = { 'search network': [], found: [`model=${JSON.stringify({ [family]: options })}`] };
  const times = { 'search network': [], found: [] };
  for (let round = 0; round < Number(given.rounds); round++)
    for (const [name, set] of Object.entries(changes)) times[name].push(await step(recipe, set));
  for (const [name, list] of Object.entries(times))
    console.log(`${name}: ${list.map((ms) => ms.toFixed(0)).join(', ')} ms of processor time a step`);
}

/** Mean of some steps after the first ones, which record the step. */
async function step(path, set) {
  const { recipe, known } = await readRecipe(path, set);
  const { search: _, ...plain } = recipe;
  let before;
  for await (const event of train({ recipe: plain, known })) {
    if (event.type !== 'step') continue;
    if (event.step === WARM_UP) before = process.cpuUsage();
    if (event.step === WARM_UP + STEPS) break;
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / STEPS;
}
