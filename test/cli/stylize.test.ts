import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { writeSafetensors } from '../../src/io/tensors/safetensors.js';
import { defaultStylizer, initialParameters } from '../../src/styletransfer/network/stylizer-config.js';
import { packStylizer } from '../../src/styletransfer/network/stylizer-weights.js';
import { temporaryFolder, writePictures } from '../helpers/fixtures.js';
import { treeOf } from '../styletransfer/fake.js';
import { recordOutput } from './recorder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  folder = await temporaryFolder();
  await writePictures(at('content'), { perClass: 4, size: 64 });
  await writePictures(at('styles'), { perClass: 2, size: 64, classes: ['art'] });
});

afterAll(() => folder.remove());

/** Runs a command line; the result is its exit code and what it wrote. */
async function cuemix(...argv: string[]) {
  const output = recordOutput();
  const code = await run(argv, output);
  return { code, stdout: output.stdout, stderr: output.stderr };
}

const stylize = (...more: string[]) =>
  cuemix('stylize', at('content'), '--styles', at('styles'), '--out', at('out'), ...more);

describe('cuemix stylize', () => {
  it('helps with examples', async () => {
    const { code, stdout } = await cuemix('stylize', '--help');
    expect(code).toBe(0);
    expect(stdout).toContain('cuemix stylize photos --styles paintings --out dataset');
    expect(stdout).toContain('--shard <i/n>');
  });

  it.each([
    [['--size', '12x'], '--size'],
    [['--size', '8'], 'size'],
    [['--alpha', '0.5,2'], '--alpha'],
    [['--alpha', ''], '--alpha'],
    [['--gamma', '1.5'], '--gamma'],
    [['--shard', '3/2'], 'i/n'],
    [['--pairing', 'sorted'], '--pairing'],
    [['--workers', '0'], '--workers'],
    [['--per-cell', '3'], 'stratified'],
    [['--model', 'vgg'], 'weights'],
    [['--model', 'vgg', '--dry-run'], 'weights'],
    [['--model', 'embedded', '--encoder', 'package.json'], 'vgg'],
  ])('calls %j wrong usage', async (argv, mention) => {
    const { code, stderr } = await stylize(...argv);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(mention) });
    expect(existsSync(at('out'))).toBe(false);
  });

  it('needs styles and a folder', async () => {
    expect((await cuemix('stylize', at('content'), '--out', at('out'))).code).toBe(2);
    expect((await cuemix('stylize', at('nowhere'), '--styles', 'self', '--out', at('out'))).code).toBe(2);
  });

  it('shows what it would make and writes nothing', async () => {
    const { code, stdout } = await stylize('--dry-run', '--json', '--size', 'short:48', '--alpha', '0.5,1');
    expect(code).toBe(0);
    const told = JSON.parse(stdout);
    expect(told).toMatchObject({
      dryRun: true,
      outputs: 12,
      groups: 1,
      sizes: { '48x48': 6, '51x48': 3, '54x48': 3 },
    });
    expect(told.recipe).toMatchObject({ alpha: [0.5, 1], gamma: 0.8, size: { short: 48 } });
    expect(existsSync(at('out'))).toBe(false);
    expect((await stylize('--dry-run')).stdout).toContain('Would make 12 pictures');
  });
});

describe('cuemix merge and verify', () => {
  it('tell what is wrong by exit code and in words', async () => {
    expect(await cuemix('verify', at('content'))).toMatchObject({ code: 1 });
    expect(await cuemix('merge', at('content'), '--out', at('merged'))).toMatchObject({ code: 2 });
    expect((await cuemix('merge', '--help')).stdout).toContain('cuemix merge part1 part2');
    expect((await cuemix('verify', '--help')).stdout).toContain('cuemix verify dataset');
  });
});

// Runs a network on the engine of this machine: that of the package, or an untrained one where it has no weights yet.
describe('a dataset by the embedded network', () => {
  let weights: string[] = [];
  beforeAll(async () => {
    if (existsSync(new URL('../../weights/stylizer.safetensors', import.meta.url))) return;
    const { tensors, metadata } = packStylizer(defaultStylizer, initialParameters(defaultStylizer, 1));
    await writeFile(at('untrained.safetensors'), writeSafetensors(tensors, metadata));
    weights = ['--weights', at('untrained.safetensors')];
  });
  const small = ['--size', '64', '--style-size', '64', '--group', '4', '--batch', '4'];

  it('is made, split and merged, and proven from the command line', async () => {
    const argv = ['stylize', at('content'), '--styles', at('styles'), ...small, ...weights, '--json'];
    const whole = await cuemix(...argv, '--out', at('whole'), '--workers', '1');
    expect(whole.code).toBe(0);
    const told = JSON.parse(whole.stdout);
    expect(told).toMatchObject({ made: 12, earlier: 0, counts: { outputs: { delivered: 12, refused: 0 } } });
    expect(told.painter.model).toMatch(/^embedded:/);
    for (const part of ['1/2', '2/2']) {
      expect((await cuemix(...argv, '--out', at(`part${part[0]}`), '--shard', part)).code).toBe(0);
    }
    const merged = await cuemix('merge', at('part1'), at('part2'), '--out', at('merged'), '--json');
    expect(JSON.parse(merged.stdout).hash).toBe(told.hash);
    expect(await treeOf(at('merged'))).toEqual(await treeOf(at('whole')));
    expect(await cuemix('verify', at('merged'), '--json')).toMatchObject({ code: 0 });
    const again = await cuemix(...argv, '--out', at('whole'));
    expect(JSON.parse(again.stdout)).toMatchObject({ made: 0, earlier: 12, hash: told.hash });
  });

  it('has pictures that differ from content and from each other, and reports', async () => {
    const lines = (await readFile(at('whole/manifest.jsonl'), 'utf8')).trimEnd().split('\n');
    const hashes = new Set<string>();
    for (const line of lines) {
      const entry = JSON.parse(line);
      hashes.add(entry.sha256);
      const { channels } = await sharp(at(`whole/${entry.path}`)).stats();
      expect(Math.max(...channels.map(({ stdev }) => stdev))).toBeGreaterThan(3);
    }
    expect(hashes.size).toBe(12);
    expect(existsSync(at('whole/report.html')) && existsSync(at('whole/sheet.jpg'))).toBe(true);
  });
});
