import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/program.js';
import { temporaryFolder } from '../helpers/fixtures.js';
import { tinyRecipe, tinyText } from '../trainers/run/tiny.js';
import { recordOutput } from './recorder.js';

let root: { path: string; remove: () => Promise<void> };
const at = (name: string): string => join(root.path, name);

async function search(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await run(['search', at('recipe.yaml'), '--out', at('found'), ...argv], output);
  return { code, out: output.stdout, err: output.stderr };
}

/** One of the searches in place of the tiny recipe's. */
const AUTONL = [
  '--set',
  'epochs=1',
  'model={ autonl-search: { stem: 4, first: 4, head: 8, momentum: 0.1, blocks: [{ outputs: 8, stride: 2 }, { outputs: 8 }] } }',
  'search={ autonl: { rampEpochs: 0 } }',
];

beforeAll(async () => {
  root = await temporaryFolder();
  await tinyRecipe(root.path); // its pictures
  await writeFile(at('recipe.yaml'), `${tinyText(root.path)}\nsearch: { atomnas: { worth: 0 } }\n`);
});
afterAll(() => root.remove());

describe('cuemix search --dry-run', () => {
  it('tells time, memory and the target, and writes nothing', async () => {
    const { code, out } = await search('--dry-run', '--target-macs', '15e3');
    expect(code).toBe(0);
    expect(out).toContain('Search by atomnas');
    expect(out).toMatch(/Time: [\d.]+ s a step, so about/);
    expect(out).toContain('Target: 15,000 multiply-accumulates');
    expect(out).toMatch(/In all: about .* without validation, [\d.]+ [MG]B of memory/);
    expect(out).not.toContain('Training of what is found'); // AtomNAS keeps its weights
    expect(existsSync(at('found'))).toBe(false);
  });

  it('counts both trainings where the network is trained from scratch, as JSON too', async () => {
    const { code, out } = await search('--dry-run', '--json', '--target-macs', '45e3', ...AUTONL);
    expect(code).toBe(0);
    const told = JSON.parse(out);
    expect(told).toMatchObject({ name: 'autonl', target: { macs: 45e3 }, search: { epochs: 1 } });
    expect(told.seconds).toBeCloseTo(told.search.seconds + told.train.seconds, 9);
    expect(Math.abs(told.train.macs / 45e3 - 1)).toBeLessThan(0.03);
    expect(told.memory).toBeGreaterThan(1e7);
  });

  it('refuses a target that no network of the space meets before it tries anything', async () => {
    const { code, err } = await search('--dry-run', '--target-macs', '10', ...AUTONL);
    expect(code).toBe(2);
    expect(err).toMatch(/within 3 % of but received 10 multiply-accumulates; the nearest has \d+/);
  });
});

it('cuemix search writes the architecture and says what it reached', async () => {
  const { code, out } = await search('--json', ...AUTONL);
  expect(code).toBe(0);
  const told = JSON.parse(out);
  expect(told).toMatchObject({ search: 'autonl', stopped: false, config: { family: 'autonl' } });
  expect(told.metrics.top1).toBeGreaterThanOrEqual(0);
  expect(JSON.parse(await readFile(at('found/architecture.json'), 'utf8'))).toEqual(told.config);
  expect(await readFile(at('found/report.html'), 'utf8')).toContain('Channels per kernel and block');
});
