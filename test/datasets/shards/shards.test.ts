import { readFile, truncate, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { folder } from '../../../src/datasets/folder.js';
import { byShard } from '../../../src/datasets/samplers.js';
import { shards as open, type ShardOptions } from '../../../src/datasets/shards/shards.js';
import { writeShards } from '../../../src/datasets/shards/write-shards.js';
import { stream } from '../../../src/datasets/stream/stream.js';
import { sha256File } from '../../../src/io/files/hash.js';
import { temporaryFolder, writePictures } from '../../helpers/fixtures.js';
import { describeShared } from '../../helpers/shared.js';
import { useBuiltWorker } from '../../helpers/stream-worker.js';

const opened: { close(): Promise<void> }[] = [];
async function shards(patterns: string, options: ShardOptions = {}) {
  const set = await open(patterns, options);
  opened.push(set);
  return set;
}
afterEach(async () => {
  for (const set of opened.splice(0)) await set.close();
});

const rng = Rng.of(0);
let place: Awaited<ReturnType<typeof temporaryFolder>>;
let pictures: Awaited<ReturnType<typeof folder>>;

beforeAll(async () => {
  await useBuiltWorker();
  place = await temporaryFolder();
  await writePictures(join(place.path, 'tree'), { perClass: 5, size: 24 });
  pictures = await folder(join(place.path, 'tree'));
  await writeShards(pictures, join(place.path, 'shards'), { perShard: 4 });
});
afterAll(() => place.remove());

describe('shards written by cuemix', () => {
  it('leave out what is no picture, and say so, or stop there', async () => {
    const tree = join(place.path, 'odd');
    await writePictures(tree, { perClass: 1, size: 24 });
    await writeFile(join(tree, 'disc', 'empty.jpg'), '');
    await writeFile(join(tree, 'disc', 'text.png'), 'hello');
    const odd = await folder(tree);
    await expect(writeShards(odd, join(place.path, 'odd1'))).rejects.toMatchObject({ code: 'E_EMPTY' });
    const codes: string[] = [];
    const onRefused = ({ code }: { code: string }) => codes.push(code);
    await writeShards(odd, join(place.path, 'odd2'), { perShard: 2, onRefused });
    expect(codes.sort()).toEqual(['E_EMPTY', 'E_FORMAT']);
    expect((await shards(join(place.path, 'odd2'))).length).toBe(odd.length - 2);
  });

  it('hold every picture and label of the folder, in order', async () => {
    const packed = await shards(join(place.path, 'shards'));
    expect(packed.length).toBe(15);
    expect(packed.classes).toEqual(pictures.classes);
    expect(packed.shards.map(({ samples }) => samples)).toEqual([4, 4, 4, 3]);
    for (let index = 0; index < 15; index++) {
      const [a, b] = await Promise.all([packed.read(index, rng), pictures.read(index, rng)]);
      expect(a.label).toEqual(b.label);
      expect(packed.entry!(index).label).toEqual(b.label);
      expect(
        Buffer.from(a.rasters.image!.data.buffer).equals(Buffer.from(b.rasters.image!.data.buffer)),
      ).toBe(true);
    }
  });

  it('have the same bytes when written again, and other ones for another seed', async () => {
    const again = await writeShards(pictures, join(place.path, 'again'), { perShard: 4 });
    const shuffled = await writeShards(pictures, join(place.path, 'shuffled'), { perShard: 4, seed: 3 });
    const { sha256 } = await sha256File(join(place.path, 'shards', 'shard-000001.tar'));
    expect(again.shards[1]!.sha256).toBe(sha256);
    expect(shuffled.shards[1]!.sha256).not.toBe(sha256);
    expect(shuffled.shards.flatMap(({ classIds }) => classIds!).sort()).toEqual(
      again.shards.flatMap(({ classIds }) => classIds!).sort(),
    );
    await expect(writeShards(pictures, join(place.path, 'again'))).rejects.toMatchObject({
      code: 'E_EXISTS',
    });
  });

  it('are found by a pattern, with or without their index, and by any number of workers', async () => {
    const pattern = join(place.path, 'shards', 'shard-{000000..000003}.tar');
    const hashes = new Set<string>();
    for (const [index, workers] of [
      [undefined, 0],
      [false, 2],
      [undefined, 2],
    ] as const) {
      const packed = await shards(pattern, index === undefined ? {} : { index });
      const ids: string[] = [];
      const samples = stream(packed, {
        workers,
        order: byShard(
          packed.shards.map(({ samples: n }) => n),
          2,
        ),
      });
      for await (const sample of samples) ids.push(`${sample.id}:${sample.rasters.image!.data.join('')}`);
      expect(ids.length).toBe(15);
      hashes.add(ids.join('\n'));
    }
    expect(hashes.size).toBe(1);
  });

  it('show a cut at an entry by their index, even when the archive is whole in itself', async () => {
    const cut = join(place.path, 'cut');
    const index = await writeShards(pictures, cut, { perShard: 15 });
    const path = join(cut, 'shard-000000.tar');
    await truncate(path, index.shards[0]!.bytes - 512 * 4);
    const packed = await shards(cut);
    await expect(packed.read(0, rng)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  });
});

describe('remote shards', () => {
  let server: Server;
  let url: string;
  let requests: string[] = [];
  let trouble: (count: number) => 'busy' | 'short' | 'norange' | undefined = () => undefined;

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      requests.push(`${request.url} ${request.headers.range ?? ''}`);
      const what = trouble(requests.length);
      const bytes = await readFile(join(place.path, 'shards', request.url!.slice(1))).catch(() => undefined);
      if (bytes === undefined) return response.writeHead(404).end();
      if (what === 'busy') return response.writeHead(503).end();
      if (request.url!.includes('away'))
        return response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      const match = /bytes=(\d+)-(\d+)/.exec(request.headers.range ?? '');
      if (match === null || what === 'norange')
        return response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
      const [start, end] = [Number(match[1]), Math.min(bytes.length - 1, Number(match[2]))];
      const part = bytes.subarray(start, end + 1);
      response.writeHead(206, {
        'content-range': `bytes ${start}-${end}/${bytes.length}`,
        'content-length': part.length,
        etag: '"v1"',
      });
      if (what === 'short') {
        response.write(part.subarray(0, part.length >> 1));
        return response.destroy();
      }
      return response.end(part);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));
  afterEach(() => {
    requests = [];
    trouble = () => undefined;
  });

  const local = async () =>
    (await (await shards(join(place.path, 'shards'))).read(6, rng)).rasters.image!.data;

  it('are read by ranges, without fetching the whole', async () => {
    const packed = await shards(`${url}/`, { http: { pause: 5 } });
    expect(packed.length).toBe(15);
    expect((await packed.read(6, rng)).rasters.image!.data).toEqual(await local());
    expect(requests.every((line) => line.includes('bytes='))).toBe(true);
    expect(requests.some((line) => line.startsWith('/shard-000002'))).toBe(false);
  });

  it('are fetched once into a cache that keeps to its limit, through errors of the server', async () => {
    trouble = (count) => (count % 3 === 0 ? 'short' : count % 3 === 1 ? 'busy' : undefined);
    const cache = { folder: join(place.path, 'cache'), limit: 40_000 };
    const packed = await shards(`${url}/`, { cache, http: { pause: 1, attempts: 8 } });
    const reads = await Promise.all([6, 5, 4, 6].map((index) => packed.read(index, rng)));
    expect(reads[0]!.rasters.image!.data).toEqual(await local());
    trouble = () => undefined;
    requests = [];
    const again = await shards(`${url}/`, { cache, index: join(place.path, 'shards', 'cuemix-shards.json') });
    await again.read(7, rng);
    expect(requests).toEqual([]);
    for (const index of [0, 14, 9]) await again.read(index, rng);
    const { readdir, stat } = await import('node:fs/promises');
    let total = 0;
    for (const name of await readdir(cache.folder))
      total += await stat(join(cache.folder, name, 'whole')).then(
        ({ size }) => size,
        () => 0,
      );
    expect(total).toBeLessThanOrEqual(Math.max(40_000, ...(await sizes())));
  });

  const sizes = async () => {
    const index = JSON.parse(await readFile(join(place.path, 'shards', 'cuemix-shards.json'), 'utf8'));
    return index.shards.map(({ bytes }: { bytes: number }) => bytes) as number[];
  };

  it('are refused where bytes differ from the index, ranges are not served, or files are missing', async () => {
    const index = JSON.parse(await readFile(join(place.path, 'shards', 'cuemix-shards.json'), 'utf8'));
    index.shards[0].sha256 = 'f'.repeat(64);
    await writeFile(join(place.path, 'false.json'), JSON.stringify(index));
    const cache = { folder: join(place.path, 'cache2') };
    const http = { pause: 1, attempts: 2 };
    const wrong = await shards(`${url}/`, { cache, http, index: join(place.path, 'false.json') });
    await expect(wrong.read(0, rng)).rejects.toMatchObject({ code: 'E_HASH' });
    await expect(shards(`${url}/nothing.tar`, { http, index: false })).rejects.toMatchObject({
      code: 'E_HTTP',
    });
    trouble = () => 'norange';
    await expect(
      (await shards(`${url}/`, { http, index: join(place.path, 'shards', 'cuemix-shards.json') })).read(
        5,
        rng,
      ),
    ).rejects.toMatchObject({ code: 'E_HTTP' });
  });
});

it('reads what the webdataset package of Python wrote', async () => {
  const path = fileURLToPath(new URL('../../golden/webdataset/python-000000.tar', import.meta.url));
  const packed = await shards(path);
  const all = await Promise.all([0, 1, 2, 3, 4].map((index) => packed.read(index, rng)));
  expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([expect.stringMatching(/^python\/\d+$/)]));
  expect(all.map(({ label }) => label![0]!.classId)).toEqual([0, 0, 0, 0, 1]);
  expect(all.map(({ rasters }) => rasters.image!.shape)).toEqual(new Array(5).fill([32, 32, 3]));
  expect(packed.length).toBe(5);
});

describeShared('shards of another writer', (shared) => {
  it('are read with their labels', async () => {
    const packed = await shards(join(shared, 'data/shards/imagenette-train-{000000..000003}.tar'));
    expect(packed.length).toBe(160);
    const sample = await packed.read(77, rng);
    expect(sample.label).toHaveLength(1);
    expect(sample.rasters.image!.data.length).toBeGreaterThan(160 * 160 * 3);
    expect((await packed.read(0, rng)).id).toMatch(/^\S+$/);
  });
});
