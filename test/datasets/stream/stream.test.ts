import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../../src/core/sample.js';
import type { Cursor } from '../../../src/datasets/stream/cursor.js';
import type { StreamOptions } from '../../../src/datasets/stream/options.js';
import { stream } from '../../../src/datasets/stream/stream.js';
import { flip } from '../../../src/transforms/flip.js';
import { bundleScript } from '../../helpers/bundle.js';
import { buildModule, useBuiltWorker } from '../../helpers/stream-worker.js';
import { buildSentinel, decode, fingerprint, sentinel } from './sentinel.js';

let common: StreamOptions;
beforeAll(async () => {
  await useBuiltWorker();
  const modules = [await buildSentinel()];
  common = { seed: 11, modules, transforms: [flip(), { name: 'stain' }], epochs: 2 };
});

async function take(samples: AsyncIterable<Sample>, most = Infinity): Promise<string[]> {
  const words: string[] = [];
  if (most > 0)
    for await (const sample of samples) {
      words.push(fingerprint(sample));
      if (words.length >= most) break;
    }
  return words;
}

/** Takes one sample and forgets the loop. */
const DROPPED = `
import { pathToFileURL } from 'node:url';
import { sequential } from './src/datasets/samplers.js';
import { stream } from './src/datasets/stream/stream.js';
import { setWorkerEntry } from './src/datasets/stream/thread.js';
const [worker, module] = process.argv.slice(2);
setWorkerEntry(pathToFileURL(worker));
const plan = (index) => ({ loader: { name: 'sentinel' }, item: { index, classId: 0 } });
const samples = stream({ length: 40, plan }, { modules: [module], workers: 2, order: sequential });
const { value } = await samples[Symbol.asyncIterator]().next();
process.stdout.write(value.id);
`;

const hash = (words: readonly string[]) => createHash('sha256').update(words.join('\n')).digest('hex');

describe('the sequence', () => {
  it('is the same for 0, 1, 2 and 3 workers and any prefetching, and as a set when unordered', async () => {
    const data = sentinel(61, { slow: 2 });
    const reference = await take(stream(data, { ...common, workers: 0 }));
    expect(reference.length).toBe(122);
    expect(new Set(reference).size).toBe(122);
    for (const [workers, prefetch] of [
      [1, 1],
      [2, 8],
      [3, 3],
    ] as const) {
      const ordered = await take(stream(data, { ...common, workers, prefetch }));
      expect(hash(ordered)).toBe(hash(reference));
      const ready = await take(stream(data, { ...common, workers, prefetch, ordered: false }));
      expect(hash([...ready].sort())).toBe(hash([...reference].sort()));
    }
  });

  it('goes on where it stopped: mid-epoch, twice, at the edge, with other workers', async () => {
    const data = sentinel(37);
    const whole = await take(stream(data, { ...common, workers: 0 }));
    for (const stops of [
      [5, 9],
      [36, 1],
      [37, 37],
      [38, 20],
      [1, 73],
    ]) {
      let cursor: Cursor = { epoch: 0, offset: 0 };
      const words: string[] = [];
      for (const [turn, stop] of [...stops, Infinity].entries()) {
        const part = stream(data, {
          ...common,
          workers: (turn + 1) % 4,
          cursor: JSON.parse(JSON.stringify(cursor)),
        });
        words.push(...(await take(part, stop)));
        cursor = part.cursor;
      }
      expect(hash(words)).toBe(hash(whole));
      expect(cursor).toEqual({ epoch: 2, offset: 0 });
    }
  });

  it('goes on exactly where an unordered stream stopped', async () => {
    const data = sentinel(40, { slow: 6 });
    const whole = await take(stream(data, { ...common, workers: 0 }));
    const first = stream(data, { ...common, workers: 2, ordered: false });
    const words = await take(first, 13);
    const second = stream(data, { ...common, workers: 3, ordered: false, cursor: first.cursor });
    words.push(...(await take(second)));
    expect([...words].sort()).toEqual([...whole].sort());
    expect(second.cursor).toEqual({ epoch: 2, offset: 0 });
  });

  it('is split among ranks: together they see the order that one alone sees', async () => {
    const data = sentinel(50);
    const whole = await take(stream(data, { ...common, workers: 0 }));
    for (const world of [2, 4]) {
      const parts = await Promise.all(
        Array.from({ length: world }, (_, rank) =>
          take(stream(data, { ...common, workers: 0, rank, world })),
        ),
      );
      const perEpoch = (rank: number) => Math.ceil((50 - rank) / world);
      const merged = [0, 1].flatMap((epoch) =>
        Array.from({ length: 50 }, (_, place) => {
          const rank = place % world;
          return parts[rank]![epoch * perEpoch(rank) + Math.floor(place / world)]!;
        }),
      );
      expect(hash(merged)).toBe(hash(whole));
    }
  });

  it('differs between epochs and seeds, and draws differ between samples', async () => {
    const data = sentinel(64);
    const words = await take(stream(data, { ...common, workers: 0 }));
    const indices = (part: string[]) => part.map((word) => word.split('/')[1]);
    expect(indices(words.slice(0, 64))).not.toEqual(indices(words.slice(64)));
    const other = await take(stream(data, { ...common, seed: 12, workers: 0 }));
    expect(indices(other)).not.toEqual(indices(words));
  });

  it('starts in constant time deep inside a huge epoch', async () => {
    const data = sentinel(1_000_000_000);
    const begun = performance.now();
    const [word] = await take(
      stream(data, { ...common, workers: 0, cursor: { epoch: 1, offset: 987_654_321 } }),
      1,
    );
    expect(word).toBeDefined();
    expect(performance.now() - begun).toBeLessThan(5000); // shuffling 1e9 numbers takes minutes
  });
});

describe('batches', () => {
  it('keep pixels, labels and indices together, whatever the workers', async () => {
    const data = sentinel(45);
    const hashes = new Set<string>();
    for (const workers of [0, 1, 2]) {
      const all = createHash('sha256');
      let count = 0;
      for await (const batch of stream(data, { ...common, transforms: [], workers, batch: 8 })) {
        const { data: pixels, shape } = batch.rasters.image!;
        expect(shape.slice(1)).toEqual([8, 8, 3]);
        for (let place = 0; place < shape[0]!; place++, count++) {
          const { index, classId } = decode(pixels, place * 192);
          expect(index).toBe(batch.indices[place]);
          expect([{ classId, weight: 1 }]).toEqual(batch.labels[place]);
          expect(batch.ids[place]).toBe(`s${index}`);
        }
        all.update(pixels as Uint8Array).update(JSON.stringify(batch.ids));
      }
      expect(count).toBe(90);
      hashes.add(all.digest('hex'));
    }
    expect(hashes.size).toBe(1);
  });

  it('can leave out the remainder, evenly over ranks', async () => {
    const sizes: number[] = [];
    const options = { ...common, workers: 0, batch: 8, remainder: 'drop', rank: 1, world: 2 } as const;
    for await (const { ids } of stream(sentinel(45), options)) sizes.push(ids.length);
    expect(sizes).toEqual([8, 8, 8, 8]);
  });
});

describe('bad samples', () => {
  const faults = { 3: 'bad', 17: 'bad', 30: 'bad' };

  it('end the stream by default, by name and place', async () => {
    for (const workers of [0, 2]) {
      const run = take(stream(sentinel(40, { faults }), { ...common, workers }));
      await expect(run).rejects.toMatchObject({ name: 'DatasetError', code: 'E_CORRUPT' });
      await expect(run).rejects.toThrow(/Cannot decode s(3|17|30): it is bad\..*place \d+ of epoch 0/);
    }
  });

  it('are left out and counted: delivered and refused make the input', async () => {
    for (const workers of [0, 1, 3]) {
      for (const onError of ['skip', 'quarantine'] as const) {
        const samples = stream(sentinel(40, { faults }), { ...common, workers, onError });
        expect((await take(samples)).length).toBe(74);
        expect(samples.report).toMatchObject({ delivered: 74, refused: 6, deaths: 0 });
        const listed = samples.report.quarantine.map(({ index, id, code }) => ({ index, id, code }));
        if (onError === 'quarantine')
          expect(listed.sort((a, b) => a.index - b.index)).toEqual(
            [3, 17, 30].map((index) => ({ index, id: `s${index}`, code: 'E_CORRUPT' })),
          );
        else expect(listed).toEqual([]);
      }
    }
  });

  it('are none where the network fails: the stream ends, whatever the policy', async () => {
    for (const workers of [0, 2]) {
      const run = take(
        stream(sentinel(40, { faults: { 9: 'away' } }), { ...common, workers, onError: 'skip' }),
      );
      await expect(run).rejects.toMatchObject({ code: 'E_NETWORK' });
    }
  });
});

describe('workers', () => {
  it('do not keep the process alive while nobody waits', async () => {
    const worker = await bundleScript({ entry: 'src/datasets/stream/worker.ts' }, 'worker');
    const script = await buildModule('dropped', DROPPED);
    const run = promisify(execFile)(process.execPath, [script, worker, ...common.modules!], {
      timeout: 20_000,
    });
    await expect(run).resolves.toMatchObject({ stdout: 's0' });
  });

  it('that die are named with their sample, replaced, and lose nothing', async () => {
    const data = sentinel(30, { faults: { 12: 'exit' } });
    const alone = take(stream(data, { ...common, workers: 2, batch: undefined }));
    await expect(alone).rejects.toMatchObject({ code: 'E_WORKER' });
    await expect(alone).rejects.toThrow(/\(index 12\): the worker that read it ended with exit code 3/);
    const healthy = (await take(stream(sentinel(30), { ...common, workers: 0 }))).filter(
      (word) => !word.startsWith('s12/'),
    );
    const samples = stream(data, { ...common, workers: 2, onError: 'skip' });
    expect(await take(samples)).toEqual(healthy);
    expect(samples.report).toMatchObject({ delivered: 58, refused: 2, deaths: 2 });
  });

  it('that run out of memory or hang are replaced', { timeout: 40_000 }, async () => {
    for (const [fault, options, message] of [
      ['memory', { memory: 48 }, /ran out of memory/],
      ['hang', { patience: 300 }, /took longer than 300 ms/],
    ] as const) {
      const data = sentinel(20, { faults: { 7: fault } });
      const samples = stream(data, {
        ...common,
        ...options,
        epochs: 1,
        workers: 2,
        batch: 4,
        onError: 'quarantine',
      });
      let count = 0;
      for await (const { ids } of samples) count += ids.length;
      expect(count).toBe(19);
      expect(samples.report.quarantine[0]).toMatchObject({ index: 7, id: 's7', code: 'E_WORKER' });
      expect(samples.report.quarantine[0]!.message).toMatch(message);
    }
  });

  it('that cannot start end the stream with the cause', async () => {
    const missing = take(stream(sentinel(4), { ...common, modules: ['/nowhere/x.mjs'], workers: 1 }));
    await expect(missing).rejects.toMatchObject({ name: 'UsageError' });
    const unknown = take(stream(sentinel(4), { ...common, transforms: [{ name: 'nonesuch' }], workers: 1 }));
    await expect(unknown).rejects.toThrow(/Unknown transform "nonesuch"/);
  });

  it('stop when the signal aborts or the loop is left', async () => {
    const control = new AbortController();
    const samples = stream(sentinel(100_000, { slow: 5 }), { ...common, workers: 2, signal: control.signal });
    let count = 0;
    const run = (async () => {
      for await (const _ of samples) if (++count === 5) control.abort(new Error('enough'));
    })();
    await expect(run).rejects.toThrow('enough');
    expect(count).toBe(5);
  });

  it('leave the timers of the consuming thread alone', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 5);
    const begun = performance.now();
    await take(stream(sentinel(200, { slow: 4 }), { ...common, workers: 2 }));
    const expected = (performance.now() - begun) / 5;
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(expected / 10);
  });
});

describe('options', () => {
  it('that make no sense are refused', () => {
    const data = sentinel(4);
    expect(() => stream(data, { workers: -1 })).toThrow(/workers/);
    expect(() => stream(data, { rank: 2, world: 2 })).toThrow(/rank below world/);
    expect(() => stream(data, { batch: 0 })).toThrow(/batch/);
    expect(() => stream(data, { cursor: { epoch: -1, offset: 0 } })).toThrow(/cursor/);
    const { plan: _, ...closed } = data;
    expect(() => stream(closed, { workers: 1 })).toThrow(/workers: 0/);
  });
});
