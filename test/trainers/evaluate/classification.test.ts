import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linkCategories, linkClasses } from '../../../src/trainers/evaluate/imagenet/link.js';
import { IMAGENET_WNIDS } from '../../../src/trainers/evaluate/imagenet/wnids.js';
import {
  calibration,
  classificationScores,
  type Outcome,
  outcomeOf,
} from '../../../src/trainers/evaluate/index.js';

const LINK = { indices: [0, 1, 2, 3, 4, 5], restrict: false };
const outcome = (label: number, predicted: number, confidence: number, at: number): Outcome => ({
  id: String(at),
  label,
  predicted,
  rank: label === predicted ? 0 : 1,
  confidence,
  loss: 1,
  brier: 0.5,
});

describe('outcomes', () => {
  it('are those of the softmax', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: 6, maxLength: 6 }),
        fc.nat(5),
        (logits, label) => {
          const exponents = logits.map((value) => Math.exp(value));
          const sum = exponents.reduce((a, b) => a + b, 0);
          const shares = exponents.map((value) => value / sum);
          const found = outcomeOf('x', label, logits, LINK);
          expect(found.predicted).toBe(logits.indexOf(Math.max(...logits)));
          expect(found.confidence).toBeCloseTo(Math.max(...shares), 6);
          expect(found.loss).toBeCloseTo(-Math.log(shares[label]!), 5);
          const brier = shares.reduce((a, p, at) => a + (p - (at === label ? 1 : 0)) ** 2, 0);
          expect(found.brier).toBeCloseTo(brier, 6);
          const order = logits.map((_, at) => at).sort((a, b) => logits[b]! - logits[a]! || a - b);
          expect(found.rank).toBe(order.indexOf(label));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('choose among all classes of the network, or among those of the data', () => {
    const logits = [9, 1, 5, 2];
    expect(outcomeOf('x', 1, logits, { indices: [1, 2], restrict: false })).toMatchObject({
      predicted: -1,
      rank: 1,
    });
    expect(outcomeOf('x', 1, logits, { indices: [1, 2], restrict: true })).toMatchObject({
      predicted: 1,
      rank: 0,
    });
  });

  it('are refused where they are no numbers, with the name of the picture', () => {
    expect(() => outcomeOf('cat.png', 1, [0, Number.NaN, 1, 2, 3, 4], LINK)).toThrow(
      /cat\.png .*class 1 has NaN/,
    );
  });
});

describe('scores', () => {
  const classes = ['a', 'b', 'c', 'd', 'e', 'f'];
  const some = fc.array(
    fc.tuple(
      fc.nat(5),
      fc.integer({ min: -1, max: 5 }),
      fc.float({ min: Math.fround(0.1), max: 1, noNaN: true }),
    ),
    {
      minLength: 1,
      maxLength: 40,
    },
  );

  it('do not depend on the order', () => {
    fc.assert(
      fc.property(some, fc.nat(), (rows, shift) => {
        const all = rows.map(([label, predicted, confidence], at) =>
          outcome(label, predicted, confidence, at),
        );
        const turned = all.map((_, at) => all[(at + shift) % all.length]!);
        const options = { replicates: 10 };
        expect(classificationScores(turned, classes, options)).toEqual(
          classificationScores(all, classes, options),
        );
      }),
      { numRuns: 20 },
    );
  });

  it('count right answers, near ones, and by class', () => {
    const rows = [
      outcome(0, 0, 0.9, 0),
      outcome(0, 1, 0.8, 1),
      outcome(2, -1, 0.7, 2),
      outcome(2, 2, 0.6, 3),
    ];
    const scores = classificationScores(rows, classes);
    expect(scores.top1.value).toBe(0.5);
    expect(scores.top5?.value).toBe(1);
    expect(scores.confusion![0]).toEqual([1, 1, 0, 0, 0, 0, 0]);
    expect(scores.confusion![2]).toEqual([0, 0, 1, 0, 0, 0, 1]);
    expect(scores.perClass.c).toMatchObject({ n: 2, right: 1 });
    expect(Object.keys(scores.perClass)).toEqual(['a', 'c']);
    expect(() => classificationScores([], classes)).toThrow(/none could be read/);
  });

  it('measure calibration as Guo et al.', () => {
    const rows = [
      outcome(0, 0, 0.95, 0),
      outcome(0, 1, 0.95, 1),
      outcome(0, 0, 0.55, 2),
      outcome(0, 0, 0.55, 3),
    ];
    const { ece, mce, bins } = calibration(rows, { bins: 10 });
    // Two bins of two: |1/2 - 0.95| and |1 - 0.55|.
    expect(ece.value).toBeCloseTo(0.45, 12);
    expect(mce).toBeCloseTo(0.45, 12);
    expect(bins.filter(({ n }) => n > 0).map(({ low }) => low)).toEqual([0.5, 0.9]);
    expect(calibration([outcome(0, 0, 1, 0)]).bins[14]!.n).toBe(1);
  });
});

describe('classes of network and data', () => {
  it('meet by name, by WordNet id, or in order', () => {
    const ten = { name: 'net', classes: 2, classNames: ['cat', 'dog'] };
    expect(linkClasses(ten, ['dog', 'cat']).indices).toEqual([1, 0]);
    expect(linkClasses({ name: 'net', classes: 1000 }, ['n01443537', 'n01440764']).indices).toEqual([1, 0]);
    expect(linkClasses({ name: 'net', classes: 2 }, ['x', 'y']).indices).toEqual([0, 1]);
    expect(IMAGENET_WNIDS).toHaveLength(1000);
    expect(IMAGENET_WNIDS[404]).toBe('n02690373');
  });

  it('say which class does not fit', () => {
    const ten = { name: 'net.safetensors', classes: 2, classNames: ['cat', 'dog'] };
    expect(() => linkClasses(ten, ['cat', 'eel'])).toThrow(
      /net.safetensors knows but the data has "eel" \(class 1 of 2\)/,
    );
    expect(() => linkClasses({ name: 'net', classes: 3 }, ['x', 'y'])).toThrow(/--class-index/);
  });

  it('give categories their classes', () => {
    expect(linkCategories({ name: 'net', classes: 1000 }, ['cat', 'dog']).size).toBe(16);
    const own = { name: 'net', classes: 3, classNames: ['cat', 'dog', 'eel'] };
    expect([...linkCategories(own, ['dog', 'eel'])]).toEqual([
      ['dog', [1]],
      ['eel', [2]],
    ]);
  });
});
