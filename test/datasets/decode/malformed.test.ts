import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { DecodeError } from '../../../src/core/errors.js';
import { type DecodedImage, decodeImage, type ImageOptions } from '../../../src/datasets/decode/image.js';
import { describeShared } from '../../helpers/shared.js';

const expectation = z.object({
  outcome: z.enum(['ok', 'error', 'error-or-ok']),
  kind: z.union([z.string(), z.array(z.string())]).optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  upright_width: z.number().optional(),
  upright_height: z.number().optional(),
  mean_rgb: z.array(z.number()).optional(),
  mean_8bit: z.number().optional(),
  mean_tolerance: z.number().optional(),
  source_channels: z.number().optional(),
});
type Expectation = z.infer<typeof expectation>;
const table = z.object({ files: z.record(z.string(), expectation.loose()) });

const CODES: Readonly<Record<string, readonly string[]>> = {
  empty: ['E_EMPTY'],
  'not-an-image': ['E_FORMAT'],
  truncated: ['E_TRUNCATED'],
  corrupt: ['E_CORRUPT'],
  'too-large': ['E_TOO_LARGE'],
};

const means = ({ raster }: DecodedImage) =>
  [0, 1, 2].map((c) => {
    const channel = Array.from(raster.data).filter((_, index) => index % 3 === c);
    return channel.reduce((sum, value) => sum + value, 0) / channel.length;
  });

function correlation(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const mean = (values: ArrayLike<number>) =>
    Array.from(values).reduce((sum, v) => sum + v, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let index = 0; index < a.length; index++) {
    const [x, y] = [a[index]! - ma, b[index]! - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

function checkGood(name: string, decoded: DecodedImage, expected: Expectation): void {
  const width = expected.upright_width ?? expected.width;
  const height = expected.upright_height ?? expected.height;
  if (height !== undefined) expect(decoded.raster.shape, name).toEqual([height, width, 3]);
  expect(decoded.raster.data).toBeInstanceOf(Uint8Array);
  const tolerance = expected.mean_tolerance ?? 1.5;
  expected.mean_rgb?.forEach((mean, c) => {
    expect(Math.abs(means(decoded)[c]! - mean), `${name} channel ${c}`).toBeLessThan(tolerance);
  });
  if (expected.source_channels === 1) {
    const { data } = decoded.raster;
    expect(data.every((value, index) => value === data[index - (index % 3)])).toBe(true);
  }
}

describeShared('malformed images', (shared) => {
  const folder = join(shared, 'data/malformed');
  const { files } = table.parse(JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')));
  const images = Object.entries(files).filter(([name]) => name.startsWith('images/'));
  const options = (name: string): ImageOptions => (name.endsWith('.gif') ? { formats: ['gif'] } : {});

  it.each(images)('%s', { timeout: 10_000 }, async (name, expected) => {
    const result = await decodeImage(join(folder, name), options(name)).catch((error: unknown) => error);
    if (expected.outcome === 'ok') {
      if (result instanceof Error) throw result;
      checkGood(name, result as DecodedImage, expected);
    } else if (result instanceof Error || expected.outcome === 'error') {
      expect(result).toBeInstanceOf(DecodeError);
      const { code, message, path } = result as DecodeError;
      expect(message).toContain(path);
      const allowed = [expected.kind ?? []].flat().flatMap((kind) => CODES[kind] ?? []);
      // A nearly whole or bit-flipped file may fail in either way.
      const either = expected.outcome === 'error-or-ok' && ['E_TRUNCATED', 'E_CORRUPT'].includes(code);
      expect(either || allowed.includes(code), `${code} for ${expected.kind}: ${message}`).toBe(true);
    } else {
      checkGood(name, result as DecodedImage, expected);
    }
  });

  it('are refused in the same words alone and among others that fail', async () => {
    const told = (name: string) =>
      decodeImage(join(folder, name), options(name)).then(
        () => '',
        (error: DecodeError) => `${error.code} ${error.message}`,
      );
    const alone: Record<string, string> = {};
    for (const [name] of images) alone[name] = await told(name);
    for (let round = 0; round < 3; round++)
      await Promise.all(images.map(async ([name]) => expect(await told(name)).toBe(alone[name])));
  });

  it('all of them stay below 300 MB', async () => {
    for (const [name] of images) await decodeImage(join(folder, name), options(name)).catch(() => undefined);
    const peak = process.resourceUsage().maxRSS / 1024;
    expect(peak).toBeLessThan(300);
  });

  it('CMYK and YCCK pictures correlate with their original', async () => {
    const reference = await decodeImage(join(folder, 'images/reference.png'));
    for (const name of ['cmyk_adobe.jpg', 'ycck_adobe.jpg']) {
      const { raster } = await decodeImage(join(folder, 'images', name));
      expect(correlation(raster.data, reference.raster.data)).toBeGreaterThan(0.8);
    }
  });

  it('all eight EXIF orientations give the same upright picture but for the digit', async () => {
    const all = await Promise.all(
      [1, 2, 3, 4, 5, 6, 7, 8].map((o) => decodeImage(join(folder, `images/exif_${o}.jpg`))),
    );
    const first = all[0]!.raster.data;
    for (const { raster, source } of all) {
      expect(correlation(raster.data, first), `orientation ${source.orientation}`).toBeGreaterThan(0.8);
    }
  });

  it('16-bit grey is the 16-bit value divided by 257', async () => {
    const decoded = await decodeImage(join(folder, 'images/gray16.png'));
    expect(means(decoded)[0]).toBeCloseTo(files['images/gray16.png']?.mean_8bit ?? 0, 0);
  });

  it('names a Git LFS pointer', async () => {
    await expect(decodeImage(join(folder, 'images/text.png'))).rejects.toThrow(/Git LFS/);
  });
});
