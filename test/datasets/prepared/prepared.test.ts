import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { early } from '../../../src/core/early.js';
import { Rng } from '../../../src/core/rng.js';
import { extents } from '../../../src/core/sample.js';
import { run } from '../../../src/core/transform.js';
import { folder } from '../../../src/datasets/folder.js';
import { loaderPool } from '../../../src/datasets/loader.js';
import { loaders } from '../../../src/datasets/loaders/registry.js';
import { type PreparedItem, PreparedPictures } from '../../../src/datasets/prepared/picture.js';
import { prepared } from '../../../src/datasets/prepared/read.js';
import { prepare } from '../../../src/datasets/prepared/write.js';
import { stream } from '../../../src/datasets/stream/stream.js';
import { flip } from '../../../src/transforms/flip.js';
import { randomResizedCrop } from '../../../src/transforms/random-resized-crop.js';
import { temporaryFolder, writePictures } from '../../helpers/fixtures.js';
import { useBuiltWorker } from '../../helpers/stream-worker.js';

let place: Awaited<ReturnType<typeof temporaryFolder>>;
let pictures: Awaited<ReturnType<typeof folder>>;
beforeAll(async () => {
  await useBuiltWorker();
  place = await temporaryFolder();
  await writePictures(join(place.path, 'tree'), { perClass: 4, size: 90 });
  pictures = await folder(join(place.path, 'tree'));
});
afterAll(() => place.remove());

const transforms = [randomResizedCrop({ size: 40 }), flip()];

describe('a prepared set', () => {
  it('gives the very samples of the files it was made of, in every resampling, with any workers', async () => {
    const out = join(place.path, 'ready');
    const { index, report } = await prepare(pictures, out, { workers: 2, fileBytes: 100_000 });
    expect(report).toMatchObject({ delivered: 12, refused: 0 });
    expect(index.files.length).toBeGreaterThan(1);
    const set = await prepared(out, { verify: true });
    expect(set.classes).toEqual(pictures.classes);
    const expected = stream(pictures, { workers: 0, seed: 4, transforms, epochs: 2, batch: 5 });
    const got = stream(set, { workers: 2, seed: 4, transforms, epochs: 2, batch: 5 });
    const other = got[Symbol.asyncIterator]();
    for await (const batch of expected) {
      const { value } = await other.next();
      expect(value).toEqual(batch);
    }
    expect((await other.next()).done).toBe(true);
    const whole = await set.read(3, Rng.of(0));
    expect(whole).toEqual(await pictures.read(3, Rng.of(0)));
    const quick = stream(await prepared(out, { resampler: 'fast' }), {
      workers: 1,
      seed: 4,
      transforms,
      batch: 12,
    });
    for await (const batch of quick) {
      const exact = stream(set, { workers: 0, seed: 4, transforms, batch: 12 })[Symbol.asyncIterator]();
      const { data } = (await exact.next()).value!.rasters.image!;
      const worst = Math.max(...batch.rasters.image!.data.map((value, at) => Math.abs(value - data[at]!)));
      expect(worst).toBeLessThanOrEqual(2);
      await exact.return();
    }
    await set.close();
  });

  it('as JPEG gives what decoding the whole picture and then transforming gives, with the library and without', async () => {
    const out = join(place.path, 'jpeg');
    const { index } = await prepare(pictures, out, { form: 'jpeg', quality: 85, workers: 2 });
    const plain = await prepare(pictures, join(place.path, 'plain'), { workers: 0 });
    expect(index.jpeg).toEqual({ quality: 85 });
    const bytes = (files: readonly { bytes: number }[]) => files.reduce((sum, file) => sum + file.bytes, 0);
    expect(bytes(index.files)).toBeLessThan(bytes(plain.index.files) / 2);
    const set = await prepared(out, { verify: true });
    const source = await pictures.read(5, Rng.of(0));
    for (const [at, { id }] of pictures.entries.entries()) {
      const { rasters } = await set.read(at, Rng.of(0));
      const whole = { ...source, id, index: at, rasters };
      for (let turn = 0; turn < 8; turn++) {
        const rng = Rng.of(turn);
        const wanted = await run({ ...whole, trace: [] }, transforms, rng);
        const { region } = early(transforms, rng, ...(extents(rasters.image!) as [number, number]));
        const pool = loaderPool(loaders);
        const plan = set.plan!(at);
        const opened = await pool.open(plan.loader);
        const got = await opened.load(plan.item, { index: at, rng, region: () => region });
        expect(
          Buffer.compare(got.rasters.image!.data as Uint8Array, wanted.rasters.image!.data as Uint8Array),
        ).toBe(0);
        await pool.close();
      }
      const item = set.plan!(at).item as PreparedItem;
      const general = new PreparedPictures('exact', new SharedArrayBuffer(0));
      expect(await general.decodeWhole(item, item.header!)).toEqual(rasters.image);
      general.close();
    }
    await set.close();
    await expect(prepare(pictures, join(place.path, 'no'), { form: 'jpeg', quality: 0 })).rejects.toThrow(
      'quality',
    );
  });

  it('is written to the bit again, and smaller where told', async () => {
    const one = await prepare(pictures, join(place.path, 'a'), { size: 48, workers: 0 });
    const two = await prepare(pictures, join(place.path, 'b'), { size: 48, workers: 2 });
    expect(two.index).toEqual(one.index);
    const set = await prepared(join(place.path, 'a'));
    const { shape } = (await set.read(0, Rng.of(0))).rasters.image!;
    expect(Math.min(...shape.slice(0, 2))).toBe(48);
    await set.close();
  });

  it.each(['rgb', 'jpeg'] as const)(
    'never gives a damaged pixel (%s): every flipped bit is refused by name',
    async (form) => {
      const out = join(place.path, `hurt-${form}`);
      const { index } = await prepare(pictures, out, { size: 32, workers: 0, form });
      const name = join(out, index.files[0]!.name);
      const reference = await prepared(out);
      const clean = await Promise.all(pictures.entries.map((_, at) => reference.read(at, Rng.of(0))));
      await reference.close();
      const file = await open(name, 'r+');
      const draw = Rng.of('bits');
      for (let trial = 0; trial < 30; trial++) {
        const at = draw.integer(index.files[0]!.bytes);
        const byte = Buffer.alloc(1);
        await file.read(byte, 0, 1, at);
        await file.write(Buffer.from([byte[0]! ^ (1 << draw.integer(8))]), 0, 1, at);
        const set = await prepared(out);
        let refused = 0;
        for (const [index2, sample] of clean.entries()) {
          const got = await set.read(index2, Rng.of(0)).catch((error: unknown) => error);
          if (got instanceof Error) refused += /E_HASH/.test(JSON.stringify(got)) ? 1 : 0;
          else expect(got).toEqual(sample);
        }
        expect(refused).toBe(1);
        await set.close();
        await file.write(byte, 0, 1, at);
      }
      await expect(prepared(out, { verify: true })).resolves.toBeDefined();
      await file.truncate(100);
      await file.close();
      await expect(prepared(out)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    },
  );
});
