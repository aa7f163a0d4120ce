import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

const ENGINE = new URL('../../dist/engine/index.js', import.meta.url).href;

/** Exit code and signal of a process that runs `script` with the built package. */
function run(script: string): { status: number | null; signal: string | null } {
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 60_000,
  });
  return { status, signal };
}

test('a process that opened the engine ends with its own exit code', () => {
  const open = `const { openEngine } = await import('${ENGINE}'); await openEngine();`;
  expect(run(open)).toEqual({ status: 0, signal: null });
  expect(run(`${open} process.exit(3);`)).toEqual({ status: 3, signal: null });
});

test('a worker thread that opened the engine may end before its process', () => {
  const worker = `import { openEngine } from '${ENGINE}'; await openEngine();`;
  const url = `data:text/javascript,${encodeURIComponent(worker)}`;
  const script = `
    import { Worker } from 'node:worker_threads';
    const worker = new Worker(new URL(${JSON.stringify(url)}));
    worker.on('error', (error) => { console.error(error); process.exitCode = 9; });
  `;
  expect(run(script)).toEqual({ status: 0, signal: null });
});

test('on wasm an error of the program is its own: code 1, no source of the engine', () => {
  const script = `
    const { openEngine } = await import('${ENGINE}');
    await openEngine({ engine: 'wasm' });
    throw new Error('mine');
  `;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(status).toBe(1);
  expect(stderr).toContain('Error: mine');
  expect(stderr.length).toBeLessThan(2000);
});
