import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import type { Sample } from '../../src/core/sample.js';
import type { Transform } from '../../src/core/transform.js';
import { gaussianBlur } from '../../src/transforms/colour/blur.js';
import { colourJitter } from '../../src/transforms/colour/jitter.js';
import { jpeg } from '../../src/transforms/colour/jpeg.js';
import { gaussianNoise } from '../../src/transforms/colour/noise.js';
import { equalize } from '../../src/transforms/colour/tones.js';
import { cutout } from '../../src/transforms/erase/cutout.js';
import { erase } from '../../src/transforms/erase/erase.js';
import { gridMask } from '../../src/transforms/erase/grid-mask.js';
import { drawSeed, fromSeed, normals, uniforms } from '../../src/transforms/fields.js';
import { affine } from '../../src/transforms/geometry/affine.js';
import { elastic } from '../../src/transforms/geometry/elastic.js';
import { perspective } from '../../src/transforms/geometry/perspective.js';
import { rotate } from '../../src/transforms/geometry/rotate.js';
import { subsampleFrames } from '../../src/transforms/subsample-frames.js';
import { proceduralPicture, sampleOf } from './procedural.js';
import { chiLimit, chiSquared, counts, evenly, ksDistance, ksLimit } from './statistics.js';

const COUNT = 10_000;
const sample = sampleOf(proceduralPicture(40, 60));

/** What a transform records for many samples, without those that it leaves as they are. */
function draws<P>(transform: Transform<P>, of: Sample = sample): P[] {
  return Array.from({ length: COUNT }, (_, n) => transform.params(of, Rng.of('draws').at(n))).filter(
    (params): params is NonNullable<typeof params> => params !== null,
  );
}
const isEven = (values: readonly number[], low: number, high: number) =>
  expect(ksDistance(values, evenly(low, high))).toBeLessThan(ksLimit(values.length));
const range = (length: number) => Array.from({ length }, (_, i) => i);

describe('probabilities', () => {
  it.each([0, 0.2, 0.5, 1])('%d', (p) => {
    for (const transform of [
      equalize({ p }),
      rotate({ p }),
      colourJitter({ p }),
      gaussianBlur({ p }),
      cutout({ p }),
    ]) {
      const done = draws<unknown>(transform).length;
      if (p === 0 || p === 1) expect(done).toBe(p * COUNT);
      else expect(chiSquared([done, COUNT - done], [p, 1 - p])).toBeLessThan(chiLimit(1));
    }
  });
});

describe('geometry', () => {
  it('rotate draws angles evenly', () => {
    isEven(
      draws(rotate()).map(({ angle }) => angle),
      -30,
      30,
    );
    isEven(
      draws(rotate({ degrees: [10, 170] })).map(({ angle }) => angle),
      10,
      170,
    );
  });

  it('affine draws angle, scale and shear evenly and whole pixels of translation', () => {
    const all = draws(
      affine({ degrees: 20, translate: [0.1, 0.2], scale: [0.5, 2], shear: [-5, 15, -20, 0] }),
    );
    isEven(
      all.map(({ angle }) => angle),
      -20,
      20,
    );
    isEven(
      all.map(({ scale }) => scale),
      0.5,
      2,
    );
    isEven(
      all.map(({ shear }) => shear[0]),
      -5,
      15,
    );
    isEven(
      all.map(({ shear }) => shear[1]),
      -20,
      0,
    );
    const shares = range(13).map((i) => (i === 0 || i === 12 ? 1 / 24 : 1 / 12)); // the ends round from one side only
    const moved = counts(
      all.map(({ translate }) => translate[0]),
      range(13).map((i) => i - 6),
    );
    expect(chiSquared(moved, shares)).toBeLessThan(chiLimit(12));
    expect(Math.max(...all.map(({ translate }) => Math.abs(translate[1])))).toBe(8);
    expect(draws(affine())[0]).toMatchObject({ angle: 0, translate: [0, 0], scale: 1, shear: [0, 0] });
  });

  it('perspective moves every corner evenly inwards', () => {
    const corners = draws(perspective({ p: 1 })).map(({ coefficients: [a, b, c, d, e, f, g, h] }) => {
      // the target of the source's upper left corner: solve a x + b y + c = 0 and d x + e y + f = 0
      const det = a! * e! - b! * d!;
      expect(Number.isFinite(g! + h!)).toBe(true);
      return [Math.round((b! * f! - c! * e!) / det), Math.round((c! * d! - a! * f!) / det)];
    });
    expect(
      chiSquared(
        counts(
          corners.map(([x]) => x!),
          range(16),
        ),
      ),
    ).toBeLessThan(chiLimit(15));
    expect(
      chiSquared(
        counts(
          corners.map(([, y]) => y!),
          range(11),
        ),
      ),
    ).toBeLessThan(chiLimit(10));
  });

  it('elastic draws another field for every sample', () => {
    expect(new Set(draws(elastic()).map(({ seed }) => seed.join())).size).toBe(COUNT);
  });
});

describe('colour', () => {
  it('colourJitter draws factors evenly and all orders alike', () => {
    const all = draws(colourJitter({ brightness: 0.4, contrast: [0.2, 3], saturation: 2, hue: 0.1 }));
    const factors = (kind: string) =>
      all.map(({ steps }) => steps.find((step) => step.adjust === kind)!.factor);
    isEven(factors('brightness'), 0.6, 1.4);
    isEven(factors('contrast'), 0.2, 3);
    isEven(factors('saturation'), 0, 3);
    isEven(factors('hue'), -0.1, 0.1);
    const orders = all.map(({ steps }) => steps.map((step) => step.adjust[0]).join(''));
    expect(chiSquared(counts(orders, [...new Set(orders)]))).toBeLessThan(chiLimit(23));
    expect(new Set(orders).size).toBe(24);
    expect(draws(colourJitter())[0]).toEqual({ steps: [] });
  });

  it('gaussianBlur, gaussianNoise and jpeg draw evenly', () => {
    isEven(
      draws(gaussianNoise({ sigma: [0.05, 0.3], p: 1 })).map(({ sigma }) => sigma),
      0.05,
      0.3,
    );
    isEven(
      draws(gaussianBlur({ sigma: [0.5, 4], p: 1 })).map(({ sigma }) => sigma),
      0.5,
      4,
    );
    const qualities = draws(jpeg({ quality: [20, 29], p: 1 })).map(({ quality }) => quality - 20);
    expect(chiSquared(counts(qualities, range(10)))).toBeLessThan(chiLimit(9));
  });
});

describe('erasing', () => {
  const areaOf = ({
    top,
    left,
    bottom,
    right,
  }: {
    top: number;
    left: number;
    bottom: number;
    right: number;
  }) => ((bottom - top) * (right - left)) / (40 * 60);

  it('erase draws area and aspect as asked for', () => {
    const boxes = draws(erase({ scale: [0.1, 0.2], ratio: [0.5, 2], p: 1 })).map(({ boxes }) => boxes[0]!);
    expect(ksDistance(boxes.map(areaOf), evenly(0.1, 0.2))).toBeLessThan(ksLimit(COUNT) + 0.02); // whole pixels
    const aspects = boxes.map(({ top, left, bottom, right }) => Math.log((bottom - top) / (right - left)));
    expect(ksDistance(aspects, evenly(-Math.LN2, Math.LN2))).toBeLessThan(ksLimit(COUNT) + 0.04);
    const free = boxes.map(({ top, bottom }) => top / (40 - (bottom - top)));
    expect(ksDistance(free, evenly(0, 1))).toBeLessThan(ksLimit(COUNT) + 0.05);
  });

  it('cutout puts the middle of its squares on every pixel alike', () => {
    const boxes = draws(cutout({ size: 0.25 })).map(({ boxes }) => boxes[0]!); // 10 pixels
    const rows = boxes.filter(({ top }) => top > 0).map(({ top }) => top - 1);
    expect(chiSquared(counts(rows, range(34)))).toBeLessThan(chiLimit(33));
    expect(Math.max(...boxes.map(areaOf))).toBe(100 / 2400);
  });

  it('gridMask draws periods and offsets evenly', () => {
    const all = draws(gridMask({ unit: [0.5, 0.5] })); // 20 pixels
    expect(new Set(all.map(({ period, side }) => `${period} ${side}`))).toEqual(new Set(['20 10']));
    expect(
      chiSquared(
        counts(
          all.map(({ top }) => top),
          range(20),
        ),
      ),
    ).toBeLessThan(chiLimit(19));
    expect(
      chiSquared(
        counts(
          all.map(({ left }) => left),
          range(20),
        ),
      ),
    ).toBeLessThan(chiLimit(19));
  });
});

describe('clips', () => {
  const clip = sampleOf({
    role: 'intensity',
    axes: ['t', 'y', 'x'],
    shape: [20, 1, 1, 1],
    data: new Uint8Array(20),
  });

  it('subsampleFrames takes the middle of each part, a random frame of each part, or a dense run', () => {
    expect(draws(subsampleFrames({ frames: 5 }), clip)[0]).toEqual({ frames: [2, 6, 10, 14, 18] });
    const parts = draws(subsampleFrames({ frames: 4, mode: 'segments' }), clip);
    expect(
      chiSquared(
        counts(
          parts.map(({ frames }) => frames[2]!),
          [10, 11, 12, 13, 14],
        ),
      ),
    ).toBeLessThan(chiLimit(4));
    const runs = draws(subsampleFrames({ frames: 4, mode: 'dense', stride: 3 }), clip);
    expect(
      chiSquared(
        counts(
          runs.map(({ frames }) => frames[0]!),
          range(11),
        ),
      ),
    ).toBeLessThan(chiLimit(10));
    expect(runs.every(({ frames }) => frames.every((f, i) => f === frames[0]! + 3 * i))).toBe(true);
    expect(subsampleFrames().params(sample, Rng.of(0))).toBeNull();
  });
});

describe('fields', () => {
  it('are uniform and normal, independent of length, and another for every address', () => {
    isEven([...uniforms(Rng.of('u'), COUNT, -2, 3)], -2, 3);
    const values = [...normals(Rng.of('n'), COUNT, 5, 2)];
    const logistic = (x: number) => 1 / (1 + Math.exp(-1.5976 * x - 0.070566 * x ** 3)); // normal within 2e-4
    expect(ksDistance(values, (x) => logistic((x - 5) / 2))).toBeLessThan(ksLimit(COUNT) + 2e-4);
    expect([...normals(Rng.of('n'), 7)]).toEqual([...normals(Rng.of('n'), 4096)].slice(0, 7));
    const seed = drawSeed(Rng.of(1));
    expect([...uniforms(fromSeed(seed), 5)]).toEqual([...uniforms(fromSeed(seed), 5)]);
    expect([...uniforms(fromSeed(seed), 5)]).not.toEqual([...uniforms(fromSeed([seed[1], seed[0]]), 5)]);
  });
});
