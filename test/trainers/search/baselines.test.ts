import { describe, expect, test } from 'vitest';
import type { ModelConfig } from '../../../src/models/model.js';
import { countModel, familyOf } from '../../../src/models/registry.js';
import { baselineArchitecture } from '../../../src/trainers/search/baselines/baseline.js';

const block = (outputs: number, stride: 1 | 2, width: number) => ({
  ...{ outputs, stride, kernels: [3, 5, 7], channels: [width, width, width] },
});
const first = { outputs: 8, kernels: [3], channels: [8], expand: false };

/** Search networks, the shape of a sample, and shares of their cost to aim at. */
const SPACES: readonly [name: string, config: ModelConfig, shape: number[], shares: number[]][] = [
  [
    'AtomNAS',
    {
      family: 'atomnas',
      options: { stem: 8, head: 32, classes: 4, blocks: [first, block(12, 2, 24), block(12, 1, 24)] },
    },
    [32, 32, 3],
    [0.4, 0.7],
  ],
  [
    'AutoNL',
    {
      family: 'autonl-search',
      options: {
        ...{ stem: 8, first: 8, head: 32, classes: 4 },
        blocks: [{ outputs: 16, stride: 2 }, { outputs: 16 }, { outputs: 16 }, { outputs: 24, stride: 2 }],
      },
    },
    [32, 32, 3],
    [0.55, 0.7],
  ],
  [
    'CAKES for volumes',
    { family: 'cakes-unet', options: { classes: 3, widths: [32, 48], op: 'all', search: true } },
    [16, 16, 16, 1],
    [0.03, 0.05],
  ],
  [
    'CAKES for video',
    {
      family: 'cakes-video',
      options: { classes: 3, width: 8, layers: [1, 1, 1, 1], op: '1+2+3d', search: true },
    },
    [4, 32, 32, 3],
    [0.5, 0.6],
  ],
];

describe.each(SPACES)('a random network of %s', (_, config, inputShape, shares) => {
  const full = countModel(config, inputShape);
  const drawn = (seed: number, unit: 'macs' | 'params', share: number): Promise<ModelConfig> =>
    baselineArchitecture('random', { target: { [unit]: share * full[unit] } }, config, { inputShape, seed });

  test('costs what it may within 3 %, and is another for another seed', async () => {
    for (const share of shares) {
      const found = await Promise.all([0, 1, 2].map((seed) => drawn(seed, 'macs', share)));
      for (const one of found)
        expect(Math.abs(countModel(one, inputShape).macs / (share * full.macs) - 1)).toBeLessThan(0.03);
      expect(new Set(found.map((one) => JSON.stringify(one))).size).toBe(3);
      expect(await drawn(0, 'macs', share)).toEqual(found[0]);
    }
  });

  test('is a network of its family that can be built', async () => {
    const { family, options } = await drawn(0, 'macs', shares[0]!);
    expect(() => familyOf(family).build(familyOf(family).schema.parse(options))).not.toThrow();
  });

  test('a target out of reach is refused with the nearest', async () => {
    await expect(drawn(0, 'params', 1e-6)).rejects.toThrow(
      /within 3 % of but received .* parameters; the nearest has \d+/,
    );
  });
});

test.each(SPACES.slice(0, 3))(
  'widths of %s are scaled to the target',
  async (_, config, inputShape, [share]) => {
    const target = { macs: share! * countModel(config, inputShape).macs };
    const found = await baselineArchitecture('width', { target }, config, { inputShape, seed: 0 });
    expect(Math.abs(countModel(found, inputShape).macs / target.macs - 1)).toBeLessThan(0.03);
  },
);

test('networks that are no search networks are refused', async () => {
  const config = { family: 'resnet', options: { depth: 18 } };
  const context = { inputShape: [32, 32, 3], seed: 0 };
  const target = { macs: 1e6 };
  await expect(baselineArchitecture('random', { target }, config, context)).rejects.toThrow('search network');
  await expect(baselineArchitecture('width', { target }, config, context)).rejects.toThrow('scale the width');
});

test('leaves the event loop free while it looks for a width, and can be stopped', async () => {
  const [, config, inputShape] = SPACES[0]!;
  const target = { macs: 0.5 * countModel(config, inputShape).macs };
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  await baselineArchitecture('width', { target }, config, { inputShape, seed: 0 });
  clearInterval(timer);
  expect(turns).toBeGreaterThan(2);
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(
    baselineArchitecture('width', { target }, config, { inputShape, seed: 0, signal }),
  ).rejects.toThrow('enough');
});
