import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Candidate, fitBudget } from '../../../src/trainers/search/survivors.js';

const candidates = fc.array(
  fc.record({
    scale: fc.constantFrom('a', 'b'),
    index: fc.nat(99),
    strength: fc.double({ min: 0, max: 1, noNaN: true }),
    cost: fc.integer({ min: 1, max: 50 }),
    kept: fc.boolean(),
    alive: fc.boolean(),
  }),
  { minLength: 1, maxLength: 60 },
);
const costOf = (list: readonly Candidate[], lives: readonly boolean[], base: number): number =>
  list.reduce((sum, { cost }, at) => sum + (lives[at] ? cost : 0), base);

test('what must be kept is kept', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 0, max: 2000 }), (list, target) => {
      const lives = fitBudget(list, { base: 10, target, most: target });
      list.forEach(({ kept }, at) => {
        if (kept) expect(lives[at]).toBe(true);
      });
    }),
  );
});

test('a reachable budget is met to less than one channel', () => {
  fc.assert(
    fc.property(candidates, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
      const least = costOf(
        list,
        list.map(({ kept }) => kept),
        10,
      );
      const most = costOf(
        list,
        list.map(() => true),
        10,
      );
      const target = least + share * (most - least);
      const cost = costOf(list, fitBudget(list, { base: 10, target, most: target }), 10);
      expect(Math.abs(cost - target)).toBeLessThanOrEqual(Math.max(...list.map((each) => each.cost)));
    }),
  );
});

test('while it may cost what it does, nothing that lives is removed', () => {
  fc.assert(
    fc.property(candidates, fc.integer({ min: 0, max: 2000 }), (list, target) => {
      const lives = fitBudget(list, { base: 10, target, most: Number.POSITIVE_INFINITY });
      list.forEach(({ alive }, at) => {
        if (alive) expect(lives[at]).toBe(true);
      });
    }),
  );
});

test('on the way it costs at most what is planned, to less than one channel, and never less than the target', () => {
  const list = Array.from(
    { length: 40 },
    (_, index): Candidate => ({ scale: 'a', index, strength: index, cost: 10, kept: false, alive: true }),
  );
  const lives = fitBudget(list, { base: 0, target: 100, most: 250 });
  expect(costOf(list, lives, 0)).toBe(250);
  expect(lives.indexOf(true)).toBe(15); // the weakest went
});

test('the strongest come back first', () => {
  const dead = [0.1, 0.4, 0.2, 0.3].map(
    (strength, index): Candidate => ({ scale: 'a', index, strength, cost: 10, kept: false, alive: false }),
  );
  expect(fitBudget(dead, { base: 0, target: 20, most: 20 })).toEqual([false, true, false, true]);
});
