import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { mergeDatasets } from '../../src/styletransfer/dataset/merge.js';
import { verifyDataset } from '../../src/styletransfer/dataset/verify.js';
import { generateCueConflict } from '../../src/styletransfer/generate.js';
import { temporaryFolder, writePictures } from '../helpers/fixtures.js';
import type { Fault } from './crash/faults.js';
import { buildRunner, start } from './crash/start.js';
import { fakePainter, treeOf } from './fake.js';

// Every operation is tried with CUEMIX_SWEEP=all (minutes); otherwise points spread over the run.
const ALL = process.env.CUEMIX_SWEEP === 'all';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let script: string;
let expected: Record<'folder' | 'tar', Record<string, string>>;
const operations = { folder: 0, tar: 0, merge: 0 };
const at = (name: string): string => join(folder.path, name);

const optionsFor = (format: 'folder' | 'tar', out: string) => ({
  content: at('content'),
  styles: 'self',
  out,
  size: { width: 16, height: 16 },
  styleSize: 16,
  batch: 2,
  group: 3,
  previews: 2,
  format,
});

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), { perClass: 3 });
  script = await buildRunner();
  const trees: Record<string, Record<string, string>> = {};
  for (const format of ['folder', 'tar'] as const) {
    const { ended } = start(script, optionsFor(format, at(`clean-${format}`)));
    operations[format] = (await ended).said.operations!;
    trees[format] = await treeOf(at(`clean-${format}`));
  }
  expected = { folder: trees.folder!, tar: trees.tar! };
  for (const index of [1, 2]) {
    const painter = fakePainter();
    await generateCueConflict({
      ...optionsFor('folder', at(`part-${index}`)),
      painter,
      shard: { index, count: 2 },
    });
  }
  const merge = start(script, { parts: [at('part-1'), at('part-2')], out: at('clean-merge') });
  operations.merge = (await merge.ended).said.operations!;
});

afterAll(async () => {
  await rm(script, { force: true });
  await folder.remove();
});

/** `count` operations of a run of `total`, spread evenly with a random offset in each stretch. */
function points(total: number, count: number, name: string): number[] {
  if (ALL) return Array.from({ length: total }, (_, place) => place + 1);
  const rng = Rng.of('crash').at(name);
  return Array.from(
    { length: count },
    (_, place) => 1 + Math.floor(((place + rng.uniform()) * total) / count),
  );
}

async function isConsistent(root: string): Promise<void> {
  const verdict = await verifyDataset(root).catch((error: { code: string }) => error);
  const codes = 'problems' in verdict ? verdict.problems.map(({ code }) => code) : [verdict.code];
  expect(codes.filter((code) => code !== 'E_INCOMPLETE' && code !== 'E_PATH')).toEqual([]);
}

describe.each([
  ['folder', 'kill', 6],
  ['tar', 'kill', 3],
  ['folder', 'torn', 4],
  ['folder', 'full-once', 4],
  ['tar', 'full', 3],
] as const)('a run in %s format hit by: %s', (format, kind, count) => {
  it(
    'leaves nothing partial, and the next run makes the same bytes',
    async () => {
      for (const point of points(operations[format], count, `${format} ${kind}`)) {
        const out = at(`hit-${format}-${kind}-${point}`);
        const fault: Fault = { kind, at: point };
        const { code, signal, said } = await start(script, optionsFor(format, out), fault).ended;
        if (kind === 'kill' || kind === 'torn') expect(signal).toBe('SIGKILL');
        else if (code === 0)
          expect(await treeOf(out)).toEqual(expected[format]); // a removal that was not needed
        else expect({ code, ...said, point }).toMatchObject({ code: 'E_NO_SPACE', point });
        await isConsistent(out);
        await generateCueConflict({ ...optionsFor(format, out), painter: fakePainter() });
        expect(await treeOf(out), `${kind} at operation ${point}`).toEqual(expected[format]);
      }
    },
    ALL ? 3_600_000 : 120_000,
  );
});

describe('a run that is hit more than once', () => {
  it('gets there all the same, killed each time a little later', async () => {
    const out = at('chain');
    const rng = Rng.of('chain');
    let kills = 0;
    for (; kills < 12; kills++) {
      const fault: Fault = { kind: 'kill', at: 12 + rng.integer(30) };
      const { code } = await start(script, optionsFor('folder', out), fault).ended;
      if (code === 0) break;
      await isConsistent(out);
    }
    expect(kills).toBeGreaterThan(2);
    await generateCueConflict({ ...optionsFor('folder', out), painter: fakePainter() });
    expect(await treeOf(out)).toEqual(expected.folder);
  });
});

describe('a merge that is killed', () => {
  it(
    'goes on to the same bytes',
    async () => {
      const parts = [at('part-1'), at('part-2')];
      for (const point of points(operations.merge, 3, 'merge')) {
        const out = at(`merge-${point}`);
        const { signal } = await start(script, { parts, out }, { kind: 'kill', at: point }).ended;
        expect(signal).toBe('SIGKILL');
        await isConsistent(out);
        await mergeDatasets({ parts, out });
        expect(await treeOf(out)).toEqual(expected.folder);
      }
    },
    ALL ? 3_600_000 : 120_000,
  );
});

describe('two writers on one folder', () => {
  it('are not let in together, and the first one is not disturbed', async () => {
    const out = at('two');
    const first = start(script, optionsFor('folder', out), undefined, 150);
    await new Promise((done) => first.child.once('message', done));
    const other = { ...optionsFor('folder', out), painter: fakePainter() };
    await expect(generateCueConflict(other)).rejects.toMatchObject({ code: 'E_LOCKED' });
    await expect(generateCueConflict({ ...other, seed: 5 })).rejects.toMatchObject({ code: 'E_LOCKED' });
    expect((await first.ended).code).toBe(0);
    expect(await treeOf(out)).toEqual(expected.folder);
  });
});

describe('a stop signal', () => {
  it('ends a run within five seconds, in the middle of a slow batch', async () => {
    const out = at('stopped');
    const run = start(script, optionsFor('folder', out), undefined, 1500);
    await new Promise((done) => run.child.once('message', done));
    const before = performance.now();
    run.child.kill('SIGTERM');
    expect((await run.ended).code).toBe(143);
    expect(performance.now() - before).toBeLessThan(5000);
    await isConsistent(out);
    await generateCueConflict({ ...optionsFor('folder', out), painter: fakePainter() });
    expect(await treeOf(out)).toEqual(expected.folder);
  });
});
