import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLog } from '../../../src/trainers/logs/record.js';
import { launch } from '../../../src/trainers/parallel/launch.js';
import { bundleScript } from '../../helpers/bundle.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { tinyRecipe, tinyText, weightsHash } from '../run/tiny.js';

/** Trains as one of a cluster, as `cuemix train` does; rank 1 kills itself after the step that the last argument names. */
const PROGRAM = `
import { parseRecipe, train } from './src/trainers/index.js';
import { recorded } from './src/trainers/logs/record.js';
const [text, out, dies] = process.argv.slice(2);
const cluster = JSON.parse(process.env.CUEMIX_CLUSTER);
const events = train(await parseRecipe(text), { out, cluster });
for await (const event of cluster.rank === 0 ? recorded(events, out) : events)
  if (cluster.rank === 1 && event.type === 'step' && event.step === Number(dies)) process.kill(process.pid, 'SIGKILL');
`;

let root: { path: string; remove: () => Promise<void> };
let program: string;

beforeAll(async () => {
  root = await temporaryFolder();
  program = await bundleScript({ source: PROGRAM }, 'train/as-rank');
  await tinyRecipe(root.path);
});

afterAll(() => root.remove());

test('when a rank is killed all go on from the checkpoint, to the same weights', {
  timeout: 120_000,
}, async () => {
  const [whole, killed] = [join(root.path, 'whole'), join(root.path, 'killed')];
  const again = (out: string) => [process.execPath, program, tinyText(root.path), out];
  const reasons: string[] = [];
  const shared = { processes: 2, restarts: 1, onRestart: (reason: string) => void reasons.push(reason) };
  await launch({ ...shared, command: again(whole), again: again(whole) });
  await launch({ ...shared, command: [...again(killed), '5'], again: again(killed) });
  expect(reasons).toEqual(['process 1 ended by SIGKILL']);
  expect(await weightsHash(killed)).toBe(await weightsHash(whole));
  const steps = (await readLog(killed)).filter(({ type }) => type === 'step').map(({ step }) => step);
  expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test('all end early when the one that validates says so', { timeout: 120_000 }, async () => {
  const text = `${tinyText(root.path).replace('epochs: 2', 'epochs: 9')}stop: { patience: 1, margin: 1 }\n`;
  const command = [process.execPath, program, text, join(root.path, 'early')];
  await launch({ command, again: command, processes: 2, restarts: 0 });
  expect((await readLog(join(root.path, 'early'))).at(-1)).toMatchObject({ reason: 'early', step: 8 });
});
