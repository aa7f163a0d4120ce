import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { countModel } from '../../../src/models/registry.js';
import { type SearchEvent, type SearchResult, search, train } from '../../../src/trainers/index.js';
import { temporaryFolder } from '../../helpers/fixtures.js';
import { writePhantoms } from '../../helpers/phantom.js';
import { tinyRecipe, weightsHash } from '../run/tiny.js';

let root: { path: string; remove: () => Promise<void> };

beforeAll(async () => {
  await openEngine({ threads: 1 });
  root = await temporaryFolder();
  await writePhantoms(join(root.path, 'scans'), { count: 4 });
});
afterAll(() => root.remove());

/** Searches until the end, or until `until` says so: nothing more is then written, as after a kill. */
async function run(
  set: readonly string[],
  name: string,
  until: (event: SearchEvent) => boolean = () => false,
): Promise<SearchEvent[]> {
  const parsed = await tinyRecipe(root.path, set);
  const events: SearchEvent[] = [];
  for await (const event of search(parsed, { out: join(root.path, name) })) {
    events.push(event);
    if (until(event)) break;
  }
  return events;
}

const foundIn = (events: readonly SearchEvent[]): SearchResult =>
  events.flatMap((event) => (event.phase === 'found' ? [event.result] : []))[0]!;

const steps = (events: readonly SearchEvent[], phase: string): number =>
  events.filter((told) => told.phase === phase && 'event' in told && told.event.type === 'step').length;

const shape = [16, 16, 3];

describe('AtomNAS', () => {
  const blocks =
    '[{ outputs: 4, kernels: [3], channels: [4], expand: false }, { outputs: 6, stride: 2, kernels: [3, 5, 7], channels: [12, 12, 12] }, { outputs: 6, kernels: [3, 5], channels: [12, 12] }]';
  const model = `model={ atomnas: { stem: 4, head: 8, momentum: 0.1, blocks: ${blocks} } }`;
  const set = (target: number) => [
    model,
    'epochs=3',
    `search={ atomnas: { rampEpochs: 0, rho: 0.001, worth: 0, target: { macs: ${target} } } }`,
  ];
  const full = countModel(
    {
      family: 'atomnas',
      options: {
        ...{ stem: 4, head: 8, classes: 3 },
        blocks: [
          { outputs: 4, kernels: [3], channels: [4], expand: false },
          { outputs: 6, stride: 2, kernels: [3, 5, 7], channels: [12, 12, 12] },
          { outputs: 6, kernels: [3, 5], channels: [12, 12] },
        ],
      },
    },
    shape,
  ).macs;

  test('ends on its budget with a network that is its own result, and writes it', async () => {
    const events = await run(set(0.6 * full), 'atomnas');
    const found = foundIn(events);
    expect(Math.abs(found.macs / (0.6 * full) - 1)).toBeLessThan(0.03);
    expect(steps(events, 'train')).toBe(0);
    const written = JSON.parse(await readFile(join(root.path, 'atomnas/architecture.json'), 'utf8'));
    expect(countModel(written, shape).macs).toBe(found.macs);
    expect(found.records.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
  });

  test('goes on in the middle to the same network, to the bit', async () => {
    const until = (told: SearchEvent): boolean =>
      told.phase === 'search' && told.event.type === 'step' && told.event.step === 7;
    await run(set(0.6 * full), 'cut', until);
    const events = await run(set(0.6 * full), 'cut');
    expect(steps(events, 'search')).toBeLessThan(12);
    expect(await readFile(join(root.path, 'cut/search.json'), 'utf8')).toBe(
      await readFile(join(root.path, 'atomnas/search.json'), 'utf8'),
    );
    expect(await weightsHash(join(root.path, 'cut/search'))).toBe(
      await weightsHash(join(root.path, 'atomnas/search')),
    );
  });

  test('trained from scratch if asked to; architecture.json trains to the same weights, to the bit', async () => {
    const again = set(0.6 * full).map((change) => change.replace('worth: 0', 'worth: 0, retrain: true'));
    const events = await run(again, 'retrained');
    expect(steps(events, 'train')).toBe(12);
    await retrained(again, 'retrained', join(root.path, 'retrained/train'));
  });
});

const AUTONL = [
  'model={ autonl-search: { stem: 4, first: 4, head: 8, momentum: 0.1, blocks: [{ outputs: 8, stride: 2 }, { outputs: 8 }] } }',
  'epochs=2',
  'search={ autonl: { rampEpochs: 0 } }',
];

/** A search in made scans. */
const CAKES = (priority: string): string[] => [
  'task={ segmentation: { classes: 3 } }',
  `data.train={ source: { volumes: { path: ${join(root.path, 'scans')}, patches: 2 } }, transforms: [{ standardize: {} }, { cropLabels: { size: 8 } }] }`,
  `data.validation={ source: { volumes: { path: ${join(root.path, 'scans')} } }, transforms: [{ standardize: {} }] }`,
  'batch={ size: 4, transforms: [] }',
  `model={ cakes-unet: { channels: 1, classes: 3, widths: [4, 6], op: 1+2+3d, search: true, priority: ${priority} } }`,
  'epochs=2',
  'validate={ every: 2, window: { size: 8 } }',
  'search={ cakes: {} }',
];

const CASES: readonly [name: string, set: () => readonly string[], family: string][] = [
  ['AutoNL', () => AUTONL, 'autonl'],
  ['CAKES, cost priority', () => CAKES('cost'), 'cakes-unet'],
  ['CAKES, performance priority', () => CAKES('performance'), 'cakes-unet'],
];

describe.each(CASES)('%s', (name, set, family) => {
  const folder = (kind: string): string => `${name.replace(/\W+/g, '-')}-${kind}`;
  const whole = folder('whole');

  test('what the search network stands for is trained from scratch', async () => {
    const events = await run(set(), whole);
    expect(foundIn(events).config.family).toBe(family);
    const made = steps(events, 'search');
    expect(made).toBeGreaterThan(3);
    expect(steps(events, 'train')).toBe(made);
  });

  test.each(['search', 'train'])('goes on in the middle of the %s to the same, to the bit', async (phase) => {
    const cut = folder(`cut-${phase}`);
    const events = await run(
      set(),
      cut,
      (told) =>
        told.phase === phase && 'event' in told && told.event.type === 'step' && told.event.step === 3,
    );
    expect(steps(events, phase)).toBe(3);
    await run(set(), cut);
    for (const part of ['search', 'train'])
      expect(await weightsHash(join(root.path, cut, part))).toBe(
        await weightsHash(join(root.path, whole, part)),
      );
    expect(await readFile(join(root.path, cut, 'search.json'), 'utf8')).toBe(
      await readFile(join(root.path, whole, 'search.json'), 'utf8'),
    );
  });

  test('architecture.json as a recipe’s model trains to the same weights, to the bit', async () => {
    await retrained(set(), whole, join(root.path, whole, 'train'));
  });
});

/** Trains what a search wrote, and compares it with what the search itself, or a first training, made of it. */
async function retrained(set: readonly string[], whole: string, expected: string): Promise<void> {
  const text = await readFile(join(root.path, whole, 'architecture.json'), 'utf8');
  const { family, options } = JSON.parse(text) as { family: string; options: object };
  const plain = set.filter((change) => !/^(model|search)=/.test(change));
  const parsed = await tinyRecipe(root.path, [...plain, `model=${JSON.stringify({ [family]: options })}`]);
  const out = `${expected}-again`;
  for await (const _ of train(parsed, { out }));
  expect(await weightsHash(out)).toBe(await weightsHash(expected));
}

test('a model that the search does not fit is refused', async () => {
  await expect(run(['search={ cakes: {} }'], 'wrong')).rejects.toThrow('Expected a CAKES search network');
});

test('training by a recipe that asks for a search is refused: it would only train the search network', async () => {
  const parsed = await tinyRecipe(root.path, ['search={ atomnas: {} }']);
  await expect(train(parsed, {}).next()).rejects.toThrow('cuemix search');
});

test('a recipe without a search is refused', async () => {
  await expect(run([], 'none')).rejects.toThrow('search section');
});
