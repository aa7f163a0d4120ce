import { mkdir, rename, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fromFloat32, toFloat32 } from '../../../src/io/tensors/safetensors.js';
import { readWeights, writeWeights } from '../../../src/io/tensors/weights.js';
import { describeShared } from '../../helpers/shared.js';
import { temporaryFolder } from '../support.js';

const tensors = new Map([['layer.weight', fromFloat32(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3])]]);

it.each(['a.safetensors', 'a.pth', 'a.NPZ'])(
  'writes %s and reads it back under another name',
  async (name) => {
    const folder = await temporaryFolder();
    await writeWeights(join(folder, name), tensors, new Map([['epoch', '3']]));
    await rename(join(folder, name), join(folder, 'weights.bin'));
    const file = await readWeights(join(folder, 'weights.bin'));
    expect(new Map(file.tensors)).toEqual(tensors);
    if (name.endsWith('.safetensors')) expect(file.metadata.get('epoch')).toBe('3');
  },
);

it('refuses to write an unknown ending', async () => {
  const folder = await temporaryFolder();
  await expect(writeWeights(join(folder, 'a.h5'), tensors)).rejects.toMatchObject({ code: 'E_UNSUPPORTED' });
});

it.each([
  ['a missing file', 'missing.pth', undefined, 'E_PATH'],
  ['an empty file', 'empty.pth', '', 'E_EMPTY'],
  ['a web page', 'page.pth', '<!DOCTYPE html><p>404</p>', 'E_FORMAT'],
  ['a Git LFS pointer', 'lfs.pth', 'version https://git-lfs.github.com/spec/v1\n', 'E_FORMAT'],
])('refuses %s', async (_, name, content, code) => {
  const path = join(await temporaryFolder(), name);
  if (content !== undefined) await writeFile(path, content);
  await expect(readWeights(path)).rejects.toMatchObject({ code, message: expect.stringContaining(path) });
});

it('refuses a folder, a file beyond the limit, and an aborted read', async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, 'folder.pth'));
  await expect(readWeights(join(folder, 'folder.pth'))).rejects.toMatchObject({ code: 'E_PATH' });
  const sparse = join(folder, 'sparse.pth');
  await writeFile(sparse, 'x');
  await truncate(sparse, 2 ** 40);
  await expect(readWeights(sparse)).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
  await expect(readWeights(sparse, { signal: AbortSignal.abort() })).rejects.toThrow('abort');
});

describeShared('real weights', (shared) => {
  it('of a half-precision VGG trunk are read and are sensible', async () => {
    const path = join(shared, 'data/weights/hed_vgg16_to_conv4_1_f16.safetensors');
    const { tensors, metadata } = await readWeights(path);
    expect(metadata.get('layout')).toBe('OIHW');
    const bias = toFloat32(tensors.get('conv1_1.bias')!);
    expect(bias.length).toBe(64);
    expect(bias.every((value) => Math.abs(value) < 100)).toBe(true);
  });
});
