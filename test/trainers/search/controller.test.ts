import { expect, test } from 'vitest';
import { aimForTime, nextPressure, type Plan, plannedCost } from '../../../src/trainers/search/controller.js';

const plan: Plan = { from: 100, target: 40, rampEpochs: 5, until: 35 };

test('the plan is level, then a line, then level', () => {
  expect([0, 5, 20, 35, 50].map((epochs) => plannedCost(plan, epochs))).toEqual([100, 100, 70, 40, 40]);
});

test('pressure rises behind plan, falls ahead of it, and ends with the target', () => {
  expect(nextPressure(1, plan, 90, 20)).toBeGreaterThan(1);
  expect(nextPressure(1, plan, 60, 20)).toBeLessThan(1);
  expect(nextPressure(1, plan, 70, 20)).toBe(1);
  expect(nextPressure(1, plan, 40, 20)).toBe(0);
});

test('a network whose channels die the faster the more pressure there is ends on its target', () => {
  let cost = plan.from;
  let pressure = 1e-6;
  for (let epochs = 1; epochs <= 45 && cost > plan.target; epochs++) {
    if (epochs > plan.rampEpochs) cost -= Math.min(8, 3e5 * pressure);
    pressure = nextPressure(pressure, plan, cost, epochs);
  }
  expect(cost).toBeLessThanOrEqual(plan.target);
});

test.each([
  [0.5, (macs: number) => 2 + macs / 10],
  [30, (macs: number) => 1 + macs ** 0.8 / 2],
  [900, (macs: number) => 3 + macs / 40],
])('a time that is no share of the work is met by some tries, from %f', async (start, timeOf) => {
  const measure = async (aim: number) => {
    const macs = Math.round(aim * 4) / 4; // networks come in steps
    return { macs, time: timeOf(macs) };
  };
  const aim = await aimForTime(measure, start, 6);
  expect(Math.abs(timeOf(aim) / 6 - 1)).toBeLessThan(0.03);
});

test('a time out of reach ends with the nearest network', async () => {
  const measure = async (aim: number) => ({ macs: Math.max(10, aim), time: Math.max(10, aim) });
  expect(Math.max(10, await aimForTime(measure, 40, 1))).toBe(10);
});
