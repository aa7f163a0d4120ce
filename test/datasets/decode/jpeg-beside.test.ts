import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Fit } from '../../../src/core/geometry.js';
import { fitRegion } from '../../../src/core/regions.js';
import type { Raster } from '../../../src/core/sample.js';
import { decodeImage } from '../../../src/datasets/decode/image.js';
import { decodeBeside, loadJpegCodec } from '../../../src/datasets/decode/jpeg-beside.js';
import { jpegSizeNow } from '../../../src/datasets/decode/jpeg-size.js';
import { decodePicture } from '../../../src/datasets/decode/picture.js';
import { draw, temporaryFolder } from '../../helpers/fixtures.js';

const width = 403;
const height = 251;
const raw = { width, height, channels: 3 } as const;
const pixels = draw({ shape: 'disc', texture: 'checks', width, height, hue: 0.3 });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

const same = (a: Raster, b: Raster) => {
  expect(a.shape).toEqual(b.shape);
  expect(Buffer.compare(a.data as Uint8Array, b.data as Uint8Array)).toBe(0);
};

beforeAll(async () => {
  folder = await temporaryFolder();
  const picture = () => sharp(pixels, { raw });
  await picture().jpeg({ quality: 90 }).toFile(at('plain.jpg'));
  await picture().jpeg({ progressive: true }).toFile(at('scans.jpg'));
  await picture().jpeg().withIccProfile('p3').toFile(at('wide.jpg'));
  await picture().jpeg().withMetadata({ orientation: 6 }).toFile(at('turned.jpg'));
  await picture().png().toFile(at('picture.png'));
  await mkdir(at('folder.jpg'));
  await writeFile(at('page.jpg'), '<html>not found</html>');
});

afterAll(() => folder.remove());

describe('decoding beside the main thread', () => {
  const fits: readonly Fit[] = [
    { fit: 'cover', width: 64, height: 64 },
    { fit: 'short', size: 30 },
    { fit: 'contain', width: 500, height: 500 },
    { fit: 'exact', width: 403, height: 251 },
  ];

  it('gives the pixels of the other fast path, whoever is at work at the same time', async () => {
    const tasks = ['plain.jpg', 'scans.jpg', 'wide.jpg'].flatMap((name) =>
      fits.flatMap((resize) =>
        (['exact', 'fast'] as const).map(async (resampler) => {
          const region = (tall: number, wide: number) => fitRegion(tall, wide, resize);
          const expected = await decodePicture(at(name), { resampler }, { region });
          same(await decodeBeside(at(name), { resize, resampler }), expected);
        }),
      ),
    );
    await Promise.all(tasks);
  });

  it('gives whole pictures as the general decoder does', async () => {
    for (const name of ['plain.jpg', 'scans.jpg', 'wide.jpg', 'turned.jpg', 'picture.png'])
      same(await decodeBeside(at(name), {}), (await decodeImage(at(name))).raster);
  });

  it('leaves refusals to the general decoder', async () => {
    await expect(decodeBeside(at('page.jpg'), {})).rejects.toMatchObject({ code: 'E_FORMAT' });
    await expect(decodeBeside(at('plain.jpg'), { maxPixels: 1000 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
    });
    const resize = { fit: 'exact', width: 8000, height: 9000 } as const;
    await expect(decodeBeside(at('plain.jpg'), { resize })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  });
});

describe('encoding beside the main thread', () => {
  it('writes the picture, the same bytes each time', async () => {
    const codec = (await loadJpegCodec())!;
    const all = await Promise.all(Array.from({ length: 6 }, () => codec.encode(pixels, raw, 95)));
    for (const bytes of all) expect(Buffer.compare(bytes, all[0]!)).toBe(0);
    const ofSharp = await sharp(pixels, { raw }).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer();
    const error = async (bytes: Uint8Array) => {
      const { data } = (await decodeImage({ bytes, name: 'encoded' })).raster;
      const differences = Array.from(pixels, (value, place) => Math.abs(value - data[place]!));
      return differences.reduce((sum, value) => sum + value, 0) / data.length;
    };
    expect(await error(all[0]!)).toBeLessThan(1.05 * (await error(ofSharp)));
    const halved = await codec.encode(pixels, raw, 95, '420');
    expect((await sharp(halved).metadata()).chromaSubsampling).toBe('4:2:0');
    expect((await sharp(all[0]).metadata()).chromaSubsampling).toBe('4:4:4');
  });

  it('refuses pixels of another size', async () => {
    const codec = (await loadJpegCodec())!;
    await expect(codec.encode(pixels, { width: 5, height: 5 }, 90)).rejects.toThrow(RangeError);
    expect(() => codec.open(new Uint8Array(100))).toThrow();
  });
});

describe('the size of a JPEG', () => {
  it('is read from its first bytes', () => {
    for (const name of ['plain.jpg', 'scans.jpg', 'wide.jpg'])
      expect(jpegSizeNow(at(name))).toMatchObject({ width, height });
  });

  it('is left to others where the header is not plain', () => {
    for (const name of ['turned.jpg', 'picture.png', 'page.jpg', 'folder.jpg', 'missing.jpg'])
      expect(jpegSizeNow(at(name))).toBeUndefined();
  });
});
