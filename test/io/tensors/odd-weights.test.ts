import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readNpy } from '../../../src/io/tensors/npy.js';
import { readWeights } from '../../../src/io/tensors/weights.js';
import { temporaryFolder } from '../support.js';

function npy(header: string, data = Buffer.alloc(8)): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16LE(header.length);
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00', 'latin1'), length, Buffer.from(header), data]);
}

it('reads the header of .npy files with other spaces', () => {
  const read = readNpy(npy("{'descr':'<f4','fortran_order':False,'shape':(2,),}\n"), 'x');
  expect([read.dtype, read.shape]).toEqual(['F32', [2]]);
});

it('says what a .npy file that is no plain array holds', () => {
  const header = (type: string) => npy(`{'descr': ${type}, 'fortran_order': False, 'shape': (1,), }`);
  const code = (type: string) => {
    try {
      return readNpy(header(type), 'x').dtype;
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  expect(code("'|O'")).toBe('E_UNSAFE');
  expect(code("[('x', '<f4')]")).toBe('E_UNSUPPORTED');
  expect(code("'<M8[s]'")).toBe('E_UNSUPPORTED');
});

it('names a Git LFS pointer in the place of weights, and refuses an empty zip', async () => {
  const path = join(await temporaryFolder(), 'a.safetensors');
  await writeFile(path, 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n');
  await expect(readWeights(path)).rejects.toThrow(/Git LFS/);
  await writeFile(path, Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]));
  await expect(readWeights(path)).rejects.toMatchObject({ code: 'E_FORMAT' });
});
