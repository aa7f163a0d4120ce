import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resample } from '../../../src/core/resample.js';
import { picture } from '../../../src/core/sample.js';
import { decodeImage } from '../../../src/datasets/decode/image.js';
import { folder as listFolder } from '../../../src/datasets/folder.js';
import { draw, encode, temporaryFolder, writeTree } from '../../helpers/fixtures.js';
import { describeShared } from '../../helpers/shared.js';

const drawing = { shape: 'disc', texture: 'checks', width: 60, height: 40 } as const;
const from = (bytes: Uint8Array, name = 'picture') => ({ bytes, name });
const solid = (width: number, height: number, background: string) =>
  sharp({ create: { width, height, channels: 3, background } });

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder.remove());

describe('what comes out', () => {
  it('is the picture, to the byte, for lossless files', async () => {
    for (const extension of ['.png', '.webp']) {
      const { raster, source } = await decodeImage(from(await encode(drawing, extension)));
      expect(raster.shape).toEqual([40, 60, 3]);
      expect(raster.axes).toEqual(['y', 'x']);
      expect(Buffer.from(raster.data.buffer).equals(draw(drawing))).toBe(true);
      expect(source).toMatchObject({
        format: extension.slice(1),
        width: 60,
        height: 40,
        alpha: false,
        pages: 1,
      });
    }
  });

  it('lays transparent pixels over white, or the colour asked for', async () => {
    const half = { r: 255, g: 0, b: 0, alpha: 0.5 };
    const bytes = await sharp({ create: { width: 2, height: 2, channels: 4, background: half } })
      .png()
      .toBuffer();
    const pixel = async (background?: [number, number, number]) => [
      ...(await decodeImage(from(bytes), background && { background })).raster.data.subarray(0, 3),
    ];
    expect(await pixel()).toEqual([255, 127, 127]);
    expect(await pixel([0, 0, 255])).toEqual([128, 0, 127]);
  });

  it('divides 16-bit values by 257 and rounds, with alpha too', async () => {
    const values = Uint16Array.from({ length: 512 }, (_, index) => index * 128);
    const raw = { width: 512, height: 1, channels: 1 } as const;
    const grey = await sharp(values, { raw }).toColourspace('grey16').png().toBuffer();
    const { raster, source } = await decodeImage(from(grey));
    expect(source.space).toBe('grey16');
    expect(Array.from(values, (value) => Math.round(value / 257))).toEqual(
      [...raster.data].filter((_, i) => i % 3 === 0),
    );
  });

  it.each(['srgb', 'rgb16'])('brings a Display P3 picture to sRGB: %s', async (space) => {
    const image = solid(4, 4, 'rgb(200, 60, 40)').toColourspace(space).withIccProfile('p3');
    const { raster } = await decodeImage(from(await image.png().toBuffer()));
    [200, 60, 40].forEach((value, c) => {
      expect(Math.abs(raster.data[c]! - value)).toBeLessThanOrEqual(2);
    });
  });

  it('takes the first frame of an animation', async () => {
    const frames = Buffer.concat([Buffer.alloc(48, 10), Buffer.alloc(48, 200)]);
    const raw = { width: 4, height: 8, channels: 3, pageHeight: 4 } as const;
    const bytes = await sharp(frames, { raw }).webp({ lossless: true }).toBuffer();
    const { raster, source } = await decodeImage(from(bytes));
    expect([raster.shape, raster.data[0], source.pages]).toEqual([[4, 4, 3], 10, 2]);
  });
});

describe('resize while decoding', () => {
  it('equals decoding, then resampling', async () => {
    const bytes = await encode(drawing);
    const { raster } = await decodeImage(from(bytes), { resize: { fit: 'exact', width: 25, height: 33 } });
    const whole = picture(draw(drawing), 40, 60);
    expect(raster).toEqual(resample(whole, { y: { size: 33 }, x: { size: 25 } }));
  });

  it.each([
    [{ fit: 'cover', width: 32, height: 32 }, [32, 32]],
    [{ fit: 'contain', width: 32, height: 32 }, [21, 32]],
    [{ fit: 'short', size: 20 }, [20, 30]],
  ] as const)('%o', async (resize, [height, width]) => {
    for (const resampler of ['exact', 'fast'] as const) {
      const { raster } = await decodeImage(from(await encode(drawing)), { resize, resampler });
      expect(raster.shape).toEqual([height, width, 3]);
    }
  });

  it('fast differs from exact by a few levels', async () => {
    const bytes = await encode({ ...drawing, width: 200, height: 150 }, '.jpg');
    const resize = { fit: 'cover', width: 96, height: 96 } as const;
    const exact = (await decodeImage(from(bytes), { resize })).raster.data;
    const fast = (await decodeImage(from(bytes), { resize, resampler: 'fast' })).raster.data;
    const differences = Array.from(exact, (value, index) => Math.abs(value - fast[index]!));
    expect(differences.reduce((a, b) => a + b, 0) / differences.length).toBeLessThan(1.5);
  });

  it('survives extreme aspects without a zero side and without computing what is cut off', async () => {
    const bytes = await solid(4000, 2, 'red').png().toBuffer();
    const sides = async (resize: Parameters<typeof decodeImage>[1]) =>
      (await decodeImage(from(bytes), resize)).raster.shape;
    expect(await sides({ resize: { fit: 'cover', width: 224, height: 224 } })).toEqual([224, 224, 3]);
    expect(await sides({ resize: { fit: 'contain', width: 224, height: 224 } })).toEqual([1, 224, 3]);
    await expect(sides({ resize: { fit: 'short', size: 224 } })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
    });
  });
});

describe('refusals', () => {
  it('of formats that are not let in, by content', async () => {
    const gif = await solid(4, 4, 'red').gif().toBuffer();
    await expect(decodeImage(from(gif, 'x.jpg'))).rejects.toMatchObject({ code: 'E_FORMAT', path: 'x.jpg' });
    expect((await decodeImage(from(gif), { formats: ['gif'] })).source.format).toBe('gif');
    const cut = from(gif.subarray(0, -4));
    await expect(decodeImage(cut, { formats: ['gif'] })).rejects.toMatchObject({ code: 'E_TRUNCATED' });
    const heif = await solid(4, 4, 'red').heif({ compression: 'av1' }).toBuffer();
    await expect(decodeImage(from(heif))).rejects.toThrow(/HEIF/);
    await expect(decodeImage(from(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')))).rejects.toThrow(
      /SVG/,
    );
  });

  it('of drawings even by sharp itself, once a picture was decoded', async () => {
    await decodeImage(from(await encode(drawing)));
    await expect(
      sharp(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')).toBuffer(),
    ).rejects.toThrow();
  });

  it.each([
    [{ maxPixels: 2399 }, /60x40 pixels; the limit is 2399 pixels/],
    [{ maxSide: 59 }, /maxSide/],
    [{ maxBytes: 10 }, /maxBytes/],
  ] as const)('of what is too large: %o', async (limits, message) => {
    const bytes = await encode(drawing);
    await writeTree(folder.path, { 'large.png': bytes });
    for (const input of [from(bytes), join(folder.path, 'large.png')]) {
      const attempt = decodeImage(input, limits);
      await expect(attempt).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
      await expect(attempt).rejects.toThrow(message);
    }
  });

  it('of progressive files by their own limit and by the number of scans', async () => {
    const { width, height } = drawing;
    const image = sharp(draw(drawing), { raw: { width, height, channels: 3 } });
    const bytes = await image.jpeg({ progressive: true }).toBuffer();
    expect((await decodeImage(from(bytes))).raster.shape).toEqual([40, 60, 3]);
    await expect(decodeImage(from(bytes), { maxProgressivePixels: 2000 })).rejects.toMatchObject({
      code: 'E_TOO_LARGE',
    });
    const scan = bytes.subarray(bytes.lastIndexOf('ffda', undefined, 'hex'), bytes.length - 2);
    const bomb = Buffer.concat([bytes.subarray(0, -2), ...Array<Buffer>(200).fill(scan), bytes.subarray(-2)]);
    await expect(decodeImage(from(bomb))).rejects.toThrow(/100 scans/);
  });

  it('of truncation at every length, unless every pixel is there', async () => {
    for (const extension of ['.png', '.jpg', '.webp']) {
      const bytes = await encode({ ...drawing, width: 31, height: 17 }, extension);
      const { data } = (await decodeImage(from(bytes))).raster;
      for (let length = 1; length < bytes.length; length += 1 + (bytes.length >> 5)) {
        const result = await decodeImage(from(bytes.subarray(0, length))).catch((error: Error) => error);
        if (result instanceof Error) expect(result.message).toMatch(/^Cannot decode/);
        else
          expect(
            Buffer.compare(Buffer.from(result.raster.data.buffer), Buffer.from(data.buffer)),
            `${extension} cut to ${length}`,
          ).toBe(0);
        if (length < bytes.length * 0.9)
          expect(result, `${extension} cut to ${length}`).toBeInstanceOf(Error);
      }
    }
  });

  it('of pipes, folders, missing files and, when asked, links, without waiting', async () => {
    const at = (name: string) => join(folder.path, name);
    execFileSync('mkfifo', [at('pipe.png')]);
    await writeFile(at('real.png'), await encode(drawing));
    await symlink(at('real.png'), at('link.png'));
    const code = (name: string, noFollow = false) =>
      decodeImage(at(name), { noFollow }).then(
        () => 'ok',
        (error: { code: string }) => error.code,
      );
    expect(await code('pipe.png')).toBe('E_PATH');
    expect(await code('')).toBe('E_PATH');
    expect(await code('missing.png')).toBe('E_PATH');
    expect(await code('link.png')).toBe('ok');
    expect(await code('link.png', true)).toBe('E_PATH');
  });

  it('never for waiting behind others: the clock of each picture starts with its work', async () => {
    const bytes = await solid(1500, 1500, 'red').png().toBuffer();
    const many = Array.from({ length: 60 }, () => decodeImage(from(bytes), { timeout: 2000, maxSide: 2000 }));
    expect((await Promise.all(many)).length).toBe(60);
  });

  it('when the time is over or the caller gave up', async () => {
    const bytes = await solid(4000, 4000, 'red').png().toBuffer();
    await expect(decodeImage(from(bytes), { timeout: 1 })).rejects.toMatchObject({ code: 'E_TIMEOUT' });
    const controller = new AbortController();
    const attempt = decodeImage(from(bytes), { signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(attempt).rejects.toThrow('enough');
    await expect(decodeImage(from(bytes), { signal: controller.signal })).rejects.toThrow('enough');
  });
});

describeShared('real photographs', (shared) => {
  it('of ImageNet all decode: grey, progressive, profiles, EXIF', { timeout: 60_000 }, async () => {
    const set = await listFolder(join(shared, 'data/imagenet-mini'), {
      layout: 'flat',
      image: { resize: { fit: 'cover', width: 64, height: 64 }, resampler: 'fast' },
    });
    expect(set.length).toBe(150);
    for (const { path } of set.entries) {
      const { raster } = await decodeImage(path, {
        resize: { fit: 'cover', width: 64, height: 64 },
        resampler: 'fast',
      });
      expect(raster.shape, path).toEqual([64, 64, 3]);
    }
  });

  it('one bit flipped never ends the process', async () => {
    const file = readFileSync(join(shared, 'data/malformed/images/baseline.jpg'));
    for (let flip = 0; flip < 200; flip++) {
      const bytes = Buffer.from(file);
      const at = (flip * 2654435761) % (bytes.length * 8);
      bytes[at >> 3]! ^= 1 << (at & 7);
      const result = await decodeImage(from(bytes)).catch((error: Error) => error);
      if (result instanceof Error) expect(result.message).toMatch(/^Cannot decode/);
      else expect(result.raster.shape[2]).toBe(3);
    }
  });
});
