import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { formatCount, table } from '../../src/cli/support/table.js';
import { recordOutput } from './recorder.js';

async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await run(argv, output);
  return { code, out: output.stdout, err: output.stderr };
}

describe('cuemix models', () => {
  it('lists names with parameters and multiply-accumulates', async () => {
    const { code, out } = await call('models');
    expect(code).toBe(0);
    expect(out).toMatch(/resnet50 +25\.557M +4\.089G +224x224x3/);
    expect(out).toMatch(/cakes-123d-p +33\.508M +43\.616G +8x224x224x3/);
  });

  it('gives exact numbers as JSON, of matching names only', async () => {
    const rows = JSON.parse((await call('models', 'autonl', '--json')).out) as {
      name: string;
      macs: number;
    }[];
    expect(rows.map(({ name, macs }) => [name, macs])).toEqual([
      ['autonl-s', 266_878_784],
      ['autonl-l', 352_829_728],
    ]);
  });
});

describe('cuemix describe', () => {
  it('shows layers and totals', async () => {
    const { code, out } = await call('describe', 'resnet18', '--input', '64x64x3');
    expect(code).toBe(0);
    expect(out).toMatch(/layer1\.0\.conv1 +conv +16x16x64 +36,864 +9,437,184/);
    expect(out).toMatch(/resnet18: 64x64x3 to 1000, 11,689,512 parameters, 148,557,824 multiply-accumulates/);
  });

  it('takes a configuration file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cuemix-describe-'));
    const path = join(folder, 'own.json');
    await writeFile(path, JSON.stringify({ family: 'resnet', options: { depth: 18, classes: 10 } }));
    const { params, config } = JSON.parse((await call('describe', path, '--json')).out);
    expect(params).toBe(11_689_512 - 990 * 513);
    expect(config.options).toMatchObject({ depth: 18, classes: 10, norm: 'batch' });
    await writeFile(path, '[]');
    expect((await call('describe', path)).code).toBe(2);
    await rm(folder, { recursive: true });
  });

  it.each([
    ['an unknown model', ['describe', 'resnet51'], /resnet51/],
    ['an impossible shape', ['describe', 'resnet18', '--input', '64by64'], /--input cannot be 64by64/],
    ['a missing file', ['describe', 'nowhere.json'], /nowhere\.json cannot be read/],
  ])('refuses %s with exit code 2', async (_, argv, message) => {
    const { code, err } = await call(...argv);
    expect(code).toBe(2);
    expect(err).toMatch(message);
  });
});

it('tables line up', () => {
  expect(
    table(
      ['a', 'n'],
      [
        ['long', '1'],
        ['b', '100'],
      ],
      [1],
    ),
  ).toBe('a       n\nlong    1\nb     100');
  expect([8712, 4_389_350, 4_089_184_256].map(formatCount)).toEqual(['8,712', '4.389M', '4.089G']);
});
