import { execFileSync } from 'node:child_process';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listVolumes } from '../../../src/datasets/nifti/list.js';
import { prepareVolumes } from '../../../src/datasets/nifti/prepare.js';
import { readNifti } from '../../../src/datasets/nifti/read.js';
import { encodeNifti, writeNifti } from '../../../src/datasets/nifti/write.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { AFFINE, outcome, outcomeOf, SHAPE, sound, VALUES } from '../../helpers/nifti-file.js';

let root: { path: string; remove: () => Promise<void> };
const at = (name: string) => join(root.path, name);
beforeAll(async () => {
  root = await temporaryFolder();
});
afterAll(() => root.remove());

describe('the stream of gzip', () => {
  const whole = gzipSync(sound());
  it('is refused wherever it is cut', async () => {
    for (let end = 1; end < whole.length; end += 5) {
      const found = await outcomeOf(whole.subarray(0, end), at('cut.nii.gz'));
      expect([end, found]).toEqual([end, expect.stringMatching(/^E_(TRUNCATED|CORRUPT|BAD_MAGIC)$/)]);
    }
  });

  it('never gives other voxels when one bit of it is turned', async () => {
    for (let byte = 0; byte < whole.length; byte++) {
      const bytes = Buffer.from(whole);
      bytes[byte]! ^= 1 << (byte % 8);
      expect([byte, await outcomeOf(bytes, at('bit.nii.gz'))]).toEqual([
        byte,
        expect.not.stringMatching(/^other$/),
      ]);
    }
  });

  it('may have several members, also empty ones, of which each is checked', async () => {
    const bytes = sound();
    const parts = [
      bytes.subarray(0, 200),
      bytes.subarray(0, 0),
      bytes.subarray(200, 353),
      bytes.subarray(353),
    ];
    const members = parts.map((part) => gzipSync(part));
    expect(await outcomeOf(Buffer.concat(members), at('many.nii.gz'))).toBe('ok');
    expect(await outcomeOf(Buffer.concat(members.slice(0, 3)), at('many.nii.gz'))).toBe('E_TRUNCATED');
    const torn = Buffer.concat([...members.slice(0, 3), members[3]!.subarray(0, -9)]);
    expect(await outcomeOf(torn, at('many.nii.gz'))).toBe('E_TRUNCATED');
    const wrong = Buffer.from(members[2]!);
    wrong[wrong.length - 8]! ^= 1; // its checksum
    expect(await outcomeOf(Buffer.concat([members[0]!, wrong, members[3]!]), at('many.nii.gz'))).toBe(
      'E_CORRUPT',
    );
  });

  it('may be padded by zeros; a stream in a stream is no NIfTI', async () => {
    expect(await outcomeOf(Buffer.concat([whole, Buffer.alloc(512)]), at('padded.nii.gz'))).toBe('ok');
    expect(await outcomeOf(gzipSync(whole), at('twice.nii.gz'))).toBe('E_BAD_MAGIC');
    expect(await outcomeOf(gzipSync(Buffer.alloc(0)), at('none.nii.gz'))).toBe('E_TRUNCATED');
    expect(await outcomeOf(gzipSync(sound().subarray(0, 352)), at('headless.nii.gz'))).toBe('E_TRUNCATED');
  });

  it('is not followed far beyond what the header promises', async () => {
    const long = gzipSync(Buffer.concat([sound(), Buffer.alloc(64 * 1024 ** 2)]));
    const started = performance.now();
    expect(await outcomeOf(long, at('long.nii.gz'))).toBe('E_TOO_LARGE');
    expect(performance.now() - started).toBeLessThan(3000);
  });
});

describe('pairs', () => {
  const { header, voxels } = encodeNifti({ data: VALUES, shape: SHAPE, affine: AFFINE }, { pair: true });
  const pair = async (
    name: string,
    hdr: Uint8Array | undefined,
    img: Uint8Array | undefined,
    ends = ['hdr', 'img'],
  ) => {
    if (hdr) await writeFile(at(`${name}.${ends[0]}`), hdr);
    if (img) await writeFile(at(`${name}.${ends[1]}`), img);
    return outcome(at(`${name}.${hdr ? ends[0] : ends[1]}`));
  };

  it('may be compressed by halves, written in capitals, and longer than needed', async () => {
    expect(await pair('plain', header, voxels)).toBe('ok');
    expect(await outcome(at('plain.img'))).toBe('ok');
    expect(await pair('half', gzipSync(header), voxels, ['hdr.gz', 'img'])).toBe('ok');
    expect(await pair('other', header, gzipSync(voxels), ['hdr', 'img.gz'])).toBe('ok');
    expect(await pair('BIG', header, voxels, ['HDR', 'IMG'])).toBe('ok');
    expect(await pair('long', header, Buffer.concat([voxels, Buffer.alloc(99)]))).toBe('ok');
  });

  it('are refused where a half is missing, empty, short, or no half', async () => {
    expect(await pair('alone', header, undefined)).toBe('E_MISSING');
    expect(await pair('orphan', undefined, voxels)).toBe('E_MISSING');
    expect(await pair('hollow', header, new Uint8Array())).toBe('E_EMPTY');
    expect(await pair('hollower', new Uint8Array(), voxels)).toBe('E_EMPTY');
    expect(await pair('short', header, voxels.subarray(1))).toBe('E_TRUNCATED');
    expect(await pair('shorter', header, gzipSync(voxels.subarray(1)), ['hdr', 'img.gz'])).toBe(
      'E_TRUNCATED',
    );
    expect(await pair('single', sound(), voxels)).toBe('E_BAD_MAGIC');
    await mkdir(at('folder.img'), { recursive: true });
    expect(await pair('folder', header, undefined)).toBe('E_MISSING');
    await writeFile(at('renamed.hdr'), header);
    await rename(at('renamed.hdr'), at('renamed.nii'));
    expect(await outcome(at('renamed.nii'))).toBe('E_BAD_MAGIC');
  });
});

describe('files that are none', () => {
  it('are refused at once: folders, pipes, what is not there', async () => {
    await mkdir(at('dir.nii'));
    expect(await outcome(at('dir.nii'))).toBe('E_MISSING');
    expect(await outcome(at('nowhere.nii'))).toBe('E_MISSING');
    if (process.platform === 'win32') return;
    execFileSync('mkfifo', [at('pipe.nii')]);
    expect(await outcome(at('pipe.nii'))).toBe('E_MISSING');
  });

  it('may be followed by anything', async () => {
    expect(await outcomeOf(Buffer.concat([sound(), Buffer.from('rubbish')]), at('a.nii'))).toBe('ok');
  });
});

it('writes a singular affine back, but prepares no volume that has one', async () => {
  const flat = AFFINE.map((row, at) => (at === 1 ? [0, 0, 0, 0] : row));
  await writeNifti(at('flat.nii'), { data: VALUES, shape: SHAPE, affine: flat });
  expect((await readNifti(at('flat.nii'))).affine).toEqual(flat);
  await writeFile(at('good.nii'), sound());
  const images = ['flat', 'good'].map((id) => ({ id, path: at(`${id}.nii`) }));
  const options = { out: at('out'), preprocess: {}, concurrency: 1, onError: 'skip' } as const;
  const { prepared, failed } = await prepareVolumes(images, options);
  expect([prepared.length, failed.map(({ code }) => code)]).toEqual([1, ['E_BAD_HEADER']]);
});

it('lists files of one name for a look, and refuses them for work', async () => {
  await mkdir(at('twins/a'), { recursive: true });
  for (const name of ['twins/x.nii', 'twins/x.nii.gz', 'twins/a/x.nii']) await writeFile(at(name), sound());
  const found = await listVolumes(at('twins'), undefined, { duplicates: 'keep' });
  expect(found.map(({ id }) => id)).toEqual(['a/x', 'x.nii', 'x.nii.gz']);
  await expect(listVolumes(at('twins'))).rejects.toThrow('rename it');
});
