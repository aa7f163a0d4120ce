import { describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import type { Raster } from '../../../src/core/sample.js';
import { type CorruptionName, corrupt } from '../../../src/transforms/corruptions/corrupt.js';
import { canny, distanceToEdges } from '../../../src/transforms/corruptions/edges.js';
import { smear } from '../../../src/transforms/corruptions/motion.js';
import type { Severity } from '../../../src/transforms/corruptions/picture.js';
import { worst } from '../../helpers/golden.js';
import { bitsAt, fnv1a } from '../../parity/procedural.js';
import { bytes, goldenJson, proceduralPicture, sampleOf } from '../procedural.js';

type Moments = readonly [mean: readonly number[], deviation: readonly number[]];
interface Golden {
  readonly exact: Readonly<Record<string, readonly string[]>>;
  readonly smear: readonly string[];
  readonly edges: { readonly field: string; readonly edges: string; readonly distance: readonly number[] };
  readonly random: Readonly<Record<string, Readonly<Record<string, Moments>>>>;
}
const golden = goldenJson<Golden>('corruptions.json');
const SEVERITIES = [1, 2, 3, 4, 5] as const;
const SEEDS = 24;

async function corrupted(raster: Raster, name: string, severity: Severity, seed = 0): Promise<Raster> {
  const transform = corrupt({ name: name as CorruptionName, severity });
  return transform.apply(raster, transform.params(sampleOf(raster), Rng.of(seed))!);
}

describe('without chance', () => {
  const image = proceduralPicture(40, 48);
  const pick = (data: ArrayLike<number>) =>
    Array.from({ length: 120 }, (_, i) => data[bitsAt(fnv1a('sample'), i) % data.length]!);

  it.each(Object.entries(golden.exact))('%s equals imagecorruptions', async (name, expected) => {
    for (const severity of SEVERITIES) {
      const got = pick((await corrupted(image, name, severity)).data);
      expect(worst(got, bytes(expected[severity - 1]!))).toBeLessThanOrEqual(1);
    }
  });

  it('motion along an angle', () => {
    const floats = { height: 40, width: 48, channels: 3, data: Float32Array.from(image.data) };
    const lines = [
      [10, 3, 20],
      [15, 8, -37],
      [6, 4, -100],
    ] as const;
    for (const [i, [radius, sigma, angle]] of lines.entries()) {
      const got = pick(smear(floats, radius, sigma, angle).data).map((value) => Math.floor(value + 1e-3));
      expect(worst(got, bytes(golden.smear[i]!))).toBeLessThanOrEqual(1);
    }
  });

  it('edges and distances equal OpenCV', () => {
    const extents = { height: 64, width: 64 };
    const edges = canny(bytes(golden.edges.field), extents, 50, 150);
    const packed = bytes(golden.edges.edges);
    expect(edges).toEqual(edges.map((_, i) => (packed[i >> 3]! >> (7 - (i & 7))) & 1));
    const distance = distanceToEdges(edges, extents).filter((_, i) => i % 37 === 0);
    expect(worst(distance, golden.edges.distance)).toBeLessThan(0.01);
  });
});

/** Mean, deviation, mean change and mean step from pixel to pixel, of one corrupted picture. */
function moments(data: ArrayLike<number>, before: ArrayLike<number>, width: number): number[] {
  let [sum, squares, change, steps] = [0, 0, 0, 0];
  const count = data.length;
  for (let i = 0; i < count; i++) {
    sum += data[i]!;
    squares += data[i]! ** 2;
    change += Math.abs(data[i]! - before[i]!);
    if (Math.floor(i / 3) % width > 0) steps += Math.abs(data[i]! - data[i - 3]!);
  }
  const mean = sum / count;
  return [
    mean,
    Math.sqrt(squares / count - mean ** 2),
    change / count,
    (steps / count) * (width / (width - 1)),
  ];
}

describe('with chance: moments over seeds as of imagecorruptions', () => {
  const image = proceduralPicture(96, 96);

  it.each(Object.keys(golden.random))('%s', async (name) => {
    for (const severity of [1, 3, 5] as const) {
      const rows: number[][] = [];
      for (let seed = 0; seed < SEEDS; seed++) {
        rows.push(moments((await corrupted(image, name, severity, seed)).data, image.data, 96));
      }
      const [means, deviations] = golden.random[name]![severity]!;
      const got = means.map((_, k) => rows.reduce((total, row) => total + row[k]!, 0) / SEEDS);
      // four and a half standard errors of the difference; panes of frost are grown here and photographs there
      const slack = (k: number) =>
        name === 'frost' ? [20, 12, 20, 12][k]! : 4.5 * deviations[k]! * Math.sqrt(2 / SEEDS) + 0.15;
      const off = got.map((value, k) => Math.abs(value - means[k]!) / slack(k));
      expect(Math.max(...off), `severity ${severity}: ${got} for ${means} with ${deviations}`).toBeLessThan(
        1,
      );
    }
  });
});
