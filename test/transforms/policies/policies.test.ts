import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { picture } from '../../../src/core/sample.js';
import { run } from '../../../src/core/transform.js';
import { augMix } from '../../../src/transforms/policies/aug-mix.js';
import { autoAugment, IMAGENET_POLICY } from '../../../src/transforms/policies/auto-augment.js';
import { applyOp, type Op, type OpName } from '../../../src/transforms/policies/ops.js';
import { randAugment } from '../../../src/transforms/policies/rand-augment.js';
import {
  drawOp,
  MIX_SPACE,
  names,
  RAND_SPACE,
  type Space,
  WIDE_SPACE,
} from '../../../src/transforms/policies/space.js';
import { trivialAugment } from '../../../src/transforms/policies/trivial-augment.js';
import { worst } from '../../helpers/golden.js';
import { asFloats, bytes, goldenJson, proceduralPicture, sampleOf } from '../procedural.js';
import { chiLimit, chiSquared, counts, evenly, ksDistance, ksLimit } from '../statistics.js';

type Scales = Readonly<Record<string, { readonly signed: boolean; readonly at: readonly number[] } | null>>;
interface Golden {
  readonly size: readonly [number, number];
  readonly policies: Readonly<Record<string, { readonly magnitude: number; readonly bytes: string }>>;
  readonly spaces: { readonly rand: Scales; readonly wide: Scales; readonly mix: Scales };
  readonly autoAugment: readonly (readonly (readonly [string, number, number | null])[])[];
}
const golden = goldenJson<Golden>('transforms.json');
const nearest = { interpolation: 'nearest', fill: 0, maskFill: 0 } as const;

function ours(name: string): OpName {
  if (name === 'Color') return 'saturation';
  if (name === 'AutoContrast') return 'autocontrast';
  return (name[0]!.toLowerCase() + name.slice(1)) as OpName;
}

describe('operations of torchvision', () => {
  it.each(Object.entries(golden.policies))('%s, to the bit', (name, { magnitude, bytes: expected }) => {
    const got = applyOp(proceduralPicture(...golden.size), { op: ours(name), magnitude }, nearest);
    expect(worst(got.data, bytes(expected))).toBe(0);
  });

  it.each([
    ['rand', RAND_SPACE],
    ['wide', WIDE_SPACE],
    ['mix', MIX_SPACE],
  ] as const)('magnitudes of the %s space', (key, space: Space) => {
    const scales = golden.spaces[key];
    expect([...names(space)].sort()).toEqual(Object.keys(scales).map(ours).sort());
    for (const [name, scale] of Object.entries(scales)) {
      const mine = (at: number) =>
        drawOp(space, ours(name), { at, of: scale?.at.length ?? 2 }, [37, 53], Rng.of(at));
      expect(space[ours(name)]?.signed).toBe(scale?.signed);
      const expected = scale?.at ?? [0, 0];
      expect(
        worst(
          expected.map((_, at) => Math.abs(mine(at).magnitude)),
          expected,
        ),
      ).toBeLessThan(2e-4);
    }
  });

  it.each([
    ['pixels', WIDE_SPACE, 'translateX', { at: 15, of: 31 }, Math.trunc, 15],
    ['pixels', RAND_SPACE, 'translateY', { at: 22, of: 31 }, Math.trunc, 110],
    ['thresholds', RAND_SPACE, 'solarize', { at: 10, of: 31 }, (share: number) => share * 255, 170],
    ['bits', RAND_SPACE, 'posterize', { at: 3, of: 9 }, (bits: number) => bits, 6],
  ] as const)('whole %s fall as torch rounds them', (_, space: Space, op, level, whole, expected) => {
    expect(whole(space[op]!.at(level, [331, 331]))).toBe(expected);
  });

  it('the 25 pairs of AutoAugment', () => {
    const expected = golden.autoAugment.map((pair) =>
      pair.map(([op, p, level]) => [ours(op), p, level ?? 0]),
    );
    expect(IMAGENET_POLICY).toEqual(expected);
  });
});

describe('draws', () => {
  const sample = sampleOf(proceduralPicture(37, 53));
  const draw = <P>(transform: { params(s: typeof sample, rng: Rng): P | null }, count: number): P[] =>
    Array.from({ length: count }, (_, n) => transform.params(sample, Rng.of('policy').at(n))!);
  const spread = (ops: readonly Op[], space: Space) =>
    chiSquared(
      counts(
        ops.map(({ op }) => op),
        names(space),
      ),
    );
  const flips = (ops: readonly Op[]) =>
    chiSquared(
      counts(
        ops
          .filter(({ magnitude }) => magnitude !== 0)
          .filter(({ op }) => op === 'rotate')
          .map(({ magnitude }) => magnitude > 0),
        [true, false],
      ),
    );

  it('randAugment takes all operations alike, both ways, at one strength', () => {
    const ops = draw(randAugment({ ops: 3 }), 4000).flatMap((chain) => [...chain.ops]);
    expect(ops).toHaveLength(12_000);
    expect(spread(ops, RAND_SPACE)).toBeLessThan(chiLimit(13));
    expect(flips(ops)).toBeLessThan(chiLimit(1));
    expect(
      new Set(ops.filter(({ op }) => op === 'rotate').map(({ magnitude }) => Math.abs(magnitude).toFixed(6))),
    ).toEqual(new Set(['9.000000']));
  });

  it('trivialAugment takes all operations and strengths alike', () => {
    const ops = draw(trivialAugment(), 12_000).flatMap((chain) => [...chain.ops]);
    expect(spread(ops, WIDE_SPACE)).toBeLessThan(chiLimit(13));
    const levels = ops
      .filter(({ op }) => op === 'solarize')
      .map(({ magnitude }) => Math.round((1 - magnitude) * 30));
    expect(
      chiSquared(
        counts(
          levels,
          Array.from({ length: 31 }, (_, i) => i),
        ),
      ),
    ).toBeLessThan(chiLimit(30));
  });

  it('autoAugment carries out operations as often as its rules say', () => {
    const chains = draw(autoAugment(), 20_000);
    for (const op of ['rotate', 'equalize', 'invert', 'shearX'] as const) {
      const expected = IMAGENET_POLICY.flat().reduce((sum, [name, p]) => sum + (name === op ? p : 0), 0) / 25;
      const got = chains.flatMap(({ ops }) => ops).filter((entry) => entry.op === op).length / chains.length;
      expect(Math.abs(got - expected)).toBeLessThan(0.02);
    }
  });

  it('augMix draws Beta and Dirichlet weights that sum to 1', () => {
    const mixes = draw(augMix(), 4000);
    const sums = mixes.map(
      ({ weight, chains }) => weight + chains.reduce((sum, chain) => sum + chain.weight, 0),
    );
    expect(Math.max(...sums.map((sum) => Math.abs(sum - 1)))).toBeLessThan(1e-12);
    expect(
      ksDistance(
        mixes.map(({ weight }) => weight),
        evenly(0, 1),
      ),
    ).toBeLessThan(ksLimit(4000));
    for (const k of [0, 1, 2]) {
      const shares = mixes.map(({ weight, chains }) => chains[k]!.weight / (1 - weight)); // Beta(1, 2)
      expect(ksDistance(shares, (x) => 1 - (1 - x) ** 2)).toBeLessThan(ksLimit(4000));
    }
    const depths = mixes.flatMap(({ chains }) => chains.map(({ ops }) => ops.length));
    expect(chiSquared(counts(depths, [1, 2, 3]))).toBeLessThan(chiLimit(2));
    expect(
      spread(
        mixes.flatMap(({ chains }) => chains.flatMap(({ ops }) => ops)),
        MIX_SPACE,
      ),
    ).toBeLessThan(chiLimit(12));
  });
});

describe('augMix', () => {
  it('leaves a flat picture flat and everything in range', async () => {
    const flat = picture(new Uint8Array(20 * 20 * 3).fill(128), 20, 20);
    const identity = { weight: 0.25, chains: [{ weight: 0.75, ops: [] }], ...nearest };
    expect(worst((await augMix.apply(flat, identity)).data, flat.data)).toBeLessThanOrEqual(1);
    const mixed = await run(
      sampleOf(asFloats(proceduralPicture(20, 20))),
      [augMix({ severity: 10 })],
      Rng.of(3),
    );
    expect(mixed.rasters.image!.data.every((value) => value >= 0 && value <= 1 + 1e-6)).toBe(true);
  });

  it('moves nothing in samples with masks', () => {
    const masked = sampleOf(proceduralPicture(8, 8), { mask: picture(new Uint8Array(64), 8, 8, 'mask') });
    const ops = Array.from({ length: 300 }, (_, n) =>
      augMix()
        .params(masked, Rng.of(n))!
        .chains.flatMap((c) => c.ops),
    );
    const spatial: readonly OpName[] = ['rotate', 'shearX', 'shearY', 'translateX', 'translateY'];
    expect(ops.flat().some(({ op }) => spatial.includes(op))).toBe(false);
  });
});
