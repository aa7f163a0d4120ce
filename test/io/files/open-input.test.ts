import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CuemixError } from '../../../src/core/errors.js';
import { readShardIndex } from '../../../src/datasets/shards/shard-index.js';
import { readJsonLines } from '../../../src/io/files/jsonl.js';
import { openInput, readInput } from '../../../src/io/files/open-input.js';
import { openTar } from '../../../src/io/tar/tar.js';
import { readWeights } from '../../../src/io/tensors/weights.js';
import { openZip } from '../../../src/io/zip/zip.js';
import { temporaryFolder } from '../support.js';

async function drain(path: string): Promise<void> {
  for await (const row of readJsonLines(path, { check: (value) => value })) expect(row).toBeDefined();
}

const READERS = { openInput, openTar, openZip, readWeights, readShardIndex, readJsonLines: drain };

describe.skipIf(process.platform === 'win32')('files that never end, or never begin', () => {
  for (const [name, read] of Object.entries(READERS))
    it(`${name} refuses pipes, devices, folders and loops of links at once`, async () => {
      const folder = await temporaryFolder();
      execFileSync('mkfifo', [join(folder, 'pipe')]);
      await mkdir(join(folder, 'folder'));
      await symlink('loop', join(folder, 'loop'));
      await symlink('/dev/zero', join(folder, 'endless'));
      await symlink('nowhere', join(folder, 'dangling'));
      for (const odd of ['pipe', 'folder', 'loop', 'endless', 'dangling']) {
        const error: unknown = await read(join(folder, odd)).catch((thrown: unknown) => thrown);
        expect(error, odd).toBeInstanceOf(CuemixError);
        expect(error, odd).toMatchObject({ code: odd === 'loop' ? 'E_IO' : 'E_PATH' });
      }
    });
});

it('readInput reads a file whole, up to a limit', async () => {
  const path = join(await temporaryFolder(), 'a');
  await writeFile(path, 'hello');
  expect((await readInput(path, 5)).toString()).toBe('hello');
  await expect(readInput(path, 4)).rejects.toMatchObject({ code: 'E_TOO_LARGE' });
});
