import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDENTITY_AFFINE } from '../../../src/core/affine.js';
import { DecodeError, UsageError } from '../../../src/core/errors.js';
import { DATATYPES } from '../../../src/datasets/nifti/datatypes.js';
import { affineOf, qformOf } from '../../../src/datasets/nifti/geometry.js';
import { toRaster } from '../../../src/datasets/nifti/raster.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { encodeNifti, writeNifti } from '../../../src/datasets/nifti/write.js';
import { expectClose } from '../../helpers/close.js';

let work = '';
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'cuemix-roundtrip-'));
});
afterAll(() => rm(work, { recursive: true }));

const AFFINE = [
  [-2, 0, 0.5, 90],
  [0, 2.5, 0, -126],
  [0.5, 0, 3, -72],
  [0, 0, 0, 1],
];

describe('writeNifti then readNifti', () => {
  const kinds = fc.constantFrom(...DATATYPES);
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 7 });

  it('is exact for every datatype, version, byte order, rank, name and part', async () => {
    const names = ['a.nii', 'b.nii.gz', 'c.hdr', 'd.img.gz'];
    await fc.assert(
      fc.asyncProperty(
        kinds,
        shapes,
        fc.constantFrom(1 as const, 2 as const),
        fc.boolean(),
        fc.constantFrom(...names),
        fc.infiniteStream(fc.nat(255)),
        async (type, shape, version, littleEndian, name, stream) => {
          const length = shape.reduce((a, b) => a * b, type.components);
          const bytes = Uint8Array.from({ length: length * type.bytes }, () => stream.next().value ?? 0);
          const data = type.view(bytes.buffer, 0, length);
          const extensions = [{ code: 6, data: Uint8Array.from({ length: 24 }, (_, at) => at) }];
          const path = join(work, name);
          const image = {
            data,
            shape,
            affine: AFFINE,
            components: type.components,
            extensions,
            scaling: [2, -1] as const,
          };
          await writeNifti(path, image, { version, littleEndian });
          const back = await readNifti(path);
          expect(back.header.datatype.name).toBe(type.name);
          expect([back.shape, back.components, back.scaling]).toEqual([shape, type.components, [2, -1]]);
          expect(back.header.littleEndian).toBe(littleEndian);
          expect(back.affine).toEqual(AFFINE);
          expect(back.extensions).toEqual(extensions);
          expect(Buffer.from(back.data.buffer, back.data.byteOffset, back.data.byteLength)).toEqual(
            Buffer.from(bytes),
          );
          const last = shape.map((extent) => [extent - 1, 1] as const);
          const voxel = await readNifti(path, { region: last });
          expect(Buffer.from(voxel.data.buffer, voxel.data.byteOffset, voxel.data.byteLength)).toEqual(
            Buffer.from(bytes.slice(-type.components * type.bytes)),
          );
        },
      ),
      { numRuns: 120 },
    );
  });

  it('writes the same bytes twice and leaves nothing else behind', async () => {
    const folder = join(work, 'same');
    const image = { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2, 1], affine: IDENTITY_AFFINE };
    await writeNifti(join(folder, 'x.nii.gz'), image);
    const first = await readFile(join(folder, 'x.nii.gz'));
    await writeNifti(join(folder, 'x.nii.gz'), image);
    expect(await readFile(join(folder, 'x.nii.gz'))).toEqual(first);
    expect(await readdir(folder)).toEqual(['x.nii.gz']);
  });

  it('refuses other names, wrong counts and extents that NIfTI-1 cannot hold', async () => {
    const image = { data: new Uint8Array(4), shape: [4, 1, 1], affine: IDENTITY_AFFINE };
    await expect(writeNifti(join(work, 'x.mgz'), image)).rejects.toThrow(UsageError);
    await expect(writeNifti(join(work, 'x.nii'), { ...image, shape: [5] })).rejects.toThrow(UsageError);
    const long = { ...image, data: new Uint8Array(40_000), shape: [40_000] };
    expect(() => encodeNifti(long, { version: 1 })).toThrow(UsageError);
    await writeNifti(join(work, 'long.nii'), long);
    expect((await readNifti(join(work, 'long.nii'))).header.version).toBe(2);
  });
});

describe('qformOf', () => {
  it('says the same as the affine, right- and left-handed', () => {
    const angles = fc.double({ min: -3.1, max: 3.1, noNaN: true });
    fc.assert(
      fc.property(angles, angles, angles, fc.boolean(), (a, b, c, mirrored) => {
        const [ca, sa, cb, sb, cc, sc] = [
          Math.cos(a),
          Math.sin(a),
          Math.cos(b),
          Math.sin(b),
          Math.cos(c),
          Math.sin(c),
        ];
        const rotation = [
          [ca * cb, ca * sb * sc - sa * cc, ca * sb * cc + sa * sc],
          [sa * cb, sa * sb * sc + ca * cc, sa * sb * cc - ca * sc],
          [-sb, cb * sc, cb * cc],
        ];
        const size = [1.5, 0.8, mirrored ? -2 : 2];
        const affine = [
          ...rotation.map((row, at) => [...row.map((value, column) => value * size[column]!), at]),
          [0, 0, 0, 1],
        ];
        const form = qformOf(affine)!;
        expect(form.qfac).toBe(mirrored ? -1 : 1);
        const header = {
          version: 2 as const,
          dims: [2, 2, 2],
          pixdim: [form.qfac, 1.5, 0.8, 2],
          qformCode: 1,
          sformCode: 0,
          quaternion: form.quaternion,
          qoffset: form.qoffset,
          srow: [],
        };
        expectClose(affineOf(header, 'x').flat(), affine.flat(), 7);
      }),
    );
  });

  it('does not pretend that a sheared grid has one', () => {
    expect(
      qformOf([
        [1, 0.2, 0, 0],
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ]),
    ).toBeUndefined();
  });
});

describe('readNifti', () => {
  it('reads parts of a long series near the memory of the part, without the rest of the file', async () => {
    const series = {
      data: new Int16Array(128 * 128 * 32 * 60).map((_, at) => at >> 8),
      shape: [128, 128, 32, 60],
      affine: IDENTITY_AFFINE,
    };
    const { header, voxels } = encodeNifti(series);
    const path = join(work, 'series.nii.gz');
    const zipped = gzipSync(Buffer.concat([header, voxels]), { level: 1 });
    const cut = zipped.subarray(0, Math.floor(zipped.length / 3)); // what lies behind is not needed
    await writeFile(path, cut);
    const before = process.memoryUsage();
    const region = [undefined, undefined, undefined, [10, 2]] as const;
    const part = await readNifti(path, { region });
    const grown = process.memoryUsage().arrayBuffers - before.arrayBuffers;
    const volume = 128 * 128 * 32;
    expect(part.data).toEqual(series.data.subarray(10 * volume, 12 * volume));
    expect(grown).toBeLessThan(part.data.byteLength + 24e6);
    await expect(readNifti(path)).rejects.toMatchObject({ code: 'E_TRUNCATED' });
  });

  it('lets other work run, and stops when told', async () => {
    const path = join(work, 'big.nii.gz');
    await writeNifti(
      path,
      {
        data: new Float32Array(64 * 128 * 128).map(Math.sin),
        shape: [64, 128, 128],
        affine: IDENTITY_AFFINE,
      },
      { level: 1 },
    );
    // Turns of the event loop, not milliseconds: a read that blocks it would leave none.
    let turns = 0;
    let reading = true;
    const turn = (): void => {
      turns++;
      if (reading) setImmediate(turn);
    };
    setImmediate(turn);
    await readNifti(path);
    reading = false;
    expect(turns).toBeGreaterThan(3);
    await expect(readNifti(path, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
  });

  it('names missing files, folders and regions outside', async () => {
    const path = join(work, 'small.nii');
    await writeNifti(path, { data: new Uint8Array(8), shape: [2, 2, 2], affine: IDENTITY_AFFINE });
    await expect(readNifti(join(work, 'none.nii'))).rejects.toMatchObject({ code: 'E_MISSING' });
    await expect(readNifti(work)).rejects.toBeInstanceOf(DecodeError);
    await expect(readNifti(path, { region: [[1, 2]] })).rejects.toThrow(UsageError);
    await expect(readNifti(path, { maxBytes: 7 })).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
    expect((await stat(path)).size).toBe(352 + 8);
  });
});

describe('toRaster', () => {
  it('puts vectors side by side, keeps ids narrow and refuses what is no id', async () => {
    const path = join(work, 'vector.nii');
    await writeNifti(path, {
      data: Float32Array.of(1, 2, 10, 20, 100, 200),
      shape: [2, 1, 1, 1, 3],
      affine: IDENTITY_AFFINE,
    });
    const image = await readNifti(path);
    expect(toRaster(image)).toMatchObject({
      shape: [1, 1, 2, 3],
      data: Float32Array.of(1, 10, 100, 2, 20, 200),
    });
    expect(toRaster(image, { role: 'mask' }).data).toBeInstanceOf(Uint8Array);
    const scaled = { ...image, header: { ...image.header, slope: 0.5 } };
    expect(() => toRaster(scaled, { role: 'mask' })).toThrow(UsageError);
    expect(toRaster(scaled).data[0]).toBe(0.5);
  });

  it('asks which part of complex voxels', async () => {
    const path = join(work, 'complex.nii');
    await writeNifti(path, {
      data: Float32Array.of(3, 4, 0, -1),
      shape: [2],
      components: 2,
      affine: IDENTITY_AFFINE,
    });
    const image = await readNifti(path);
    expect(() => toRaster(image)).toThrow(/choose a part/);
    expectClose(toRaster(image, { part: 'magnitude' }).data, [5, 1], 6);
    expectClose(toRaster(image, { part: 'phase' }).data, [Math.atan2(4, 3), -Math.PI / 2], 6);
    expectClose(toRaster(image, { part: 'imaginary' }).data, [4, -1], 6);
  });
});
