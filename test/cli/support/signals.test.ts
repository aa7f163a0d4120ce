import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundleProgram } from '../../engine/support.js';

let folder: string;
let program: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-cli-'));
  await writeFile(join(folder, 'package.json'), '{"version": "0.0.0", "type": "module"}');
  // Two levels down, as dist/cli/main.js is, so that the version is found.
  program = await bundleProgram(
    `import { run } from '../../src/cli/program.js';
     import { withSession } from '../../src/cli/support/session.js';
     const stop = (signal) => new Promise((_, reject) => {
       signal.addEventListener('abort', () => reject(signal.reason));
     });
     const action = withSession(async ({ signal }, [kind]) => {
       const timer = setInterval(() => {}, 1000);
       console.log('ready');
       if (kind === 'obeys') await stop(signal).finally(() => clearInterval(timer));
       else await new Promise(() => {});
     });
     const register = (command) => command.argument('<kind>').action(action);
     process.exitCode = await run(process.argv.slice(2), undefined, [
       { name: 'wait', summary: 'waits', load: async () => ({ register }) },
     ]);`,
    join(folder, 'dist', 'cli', 'main.js'),
  );
});

afterAll(() => rm(folder, { recursive: true, force: true }));

async function start(
  kind: string,
): Promise<{ child: ChildProcess; end: Promise<unknown[]>; text: () => string }> {
  const child = spawn(process.execPath, [program, 'wait', kind], { stdio: 'pipe' });
  let text = '';
  child.stderr.on('data', (chunk) => {
    text += chunk;
  });
  const end = once(child, 'close');
  await once(child.stdout, 'data');
  return { child, end, text: () => text };
}

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s aborts the signal and ends with %i', async (signal, code) => {
  const { child, end, text } = await start('obeys');
  child.kill(signal);
  expect(await end).toEqual([code, null]);
  expect(text()).toBe('Stopped. Run the same command again to go on.\n');
});

it('a second signal ends a verb that does not obey', async () => {
  const { child, end } = await start('ignores');
  child.kill('SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(child.exitCode).toBeNull();
  child.kill('SIGINT');
  expect(await end).toEqual([130, null]);
});
