import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LaunchOptions, launch } from '../../../src/trainers/parallel/launch.js';
import { freePorts } from '../../../src/trainers/parallel/ports.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-launch-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

/** Leaves a file named after its attempt, rank and size of the cluster; then `does`. */
const program = (attempt: string, does: string): string[] => [
  process.execPath,
  '-e',
  `const { tasks, rank } = JSON.parse(process.env.CUEMIX_CLUSTER);
   require('node:fs').writeFileSync(require('node:path').join(${JSON.stringify(folder)}, '${attempt}-' + rank + '-of-' + tasks.length), '');
   const wait = () => setTimeout(() => {}, 60000);
   ${does}`,
];

const options = (change: Partial<LaunchOptions>): LaunchOptions => ({
  command: program('first', ''),
  again: program('again', ''),
  processes: 2,
  restarts: 0,
  ...change,
});

const marks = async (): Promise<string[]> => (await readdir(folder)).sort();

test('every process knows its place', async () => {
  await expect(launch(options({ processes: 3 }))).resolves.toBe(true);
  expect(await marks()).toEqual(['first-0-of-3', 'first-1-of-3', 'first-2-of-3']);
});

test('when one dies the others are stopped and all go on with the second command', async () => {
  const reasons: string[] = [];
  const dies = program('first', "if (rank === 1) process.kill(process.pid, 'SIGKILL'); else wait();");
  const done = launch(
    options({ command: dies, restarts: 1, onRestart: (reason) => void reasons.push(reason) }),
  );
  await expect(done).resolves.toBe(true);
  expect(reasons).toEqual(['process 1 ended by SIGKILL']);
  expect(await marks()).toContain('again-0-of-2');
});

test('gives up after so many attempts, and at once when the command is wrong', async () => {
  const fails = program('first', 'process.exit(rank)');
  await expect(launch(options({ command: fails }))).rejects.toThrow('process 1 ended with code 1');
  const wrong = program('first', 'process.exit(2 * rank)');
  const refused = expect(launch(options({ command: wrong, restarts: 5 }))).rejects;
  await refused.toMatchObject({ name: 'UsageError', message: expect.stringContaining('with code 2') });
  expect((await marks()).filter((mark) => mark.startsWith('again'))).toEqual([]);
});

test('a signal ends all', async () => {
  const controller = new AbortController();
  const done = launch(options({ command: program('first', 'wait()'), signal: controller.signal }));
  setTimeout(() => controller.abort(), 300);
  await expect(done).resolves.toBe(false);
});

test('two hosts share one cluster, and a failure on one restarts both', { timeout: 30_000 }, async () => {
  const addresses = (await freePorts(2)).map((port) => `127.0.0.1:${port}`);
  const dies = program('first', 'if (rank === 2) process.exit(1); else wait();');
  const host = (index: number): Promise<boolean> =>
    launch(
      options({ command: dies, restarts: 1, processes: 2, hosts: { addresses, index, patience: 10_000 } }),
    );
  await expect(Promise.all([host(0), host(1)])).resolves.toEqual([true, true]);
  expect((await marks()).filter((mark) => mark.startsWith('again'))).toEqual(
    [0, 1, 2, 3].map((rank) => `again-${rank}-of-4`),
  );
});

test('a host that does not come is named', async () => {
  const [port] = await freePorts(1);
  const hosts = { addresses: [`127.0.0.1:${port}`, 'absent:1'], index: 0, patience: 300 };
  await expect(launch(options({ hosts }))).rejects.toThrow('Expected absent:1 within');
});
