import { AUTONL_GATES, type AutoNLGate } from '../../models/autonl/autonl-search.js';
import type { Choices } from './autonl-gates.js';

/** One gate of one block. */
interface Place {
  readonly block: number;
  readonly gate: AutoNLGate;
}

/** The choices that the margins stand for: open above 0. */
export function openGates(margins: readonly Readonly<Record<AutoNLGate, number>>[]): Choices[] {
  return margins.map(
    (margin) => Object.fromEntries(AUTONL_GATES.map((gate) => [gate, margin[gate] > 0])) as Choices,
  );
}

/**
 * The choices nearest to the learned ones that cost what they may: as long as it brings the cost nearer to the target,
 * the gate changes whose margin is the smallest, so that what was undecided gives way first.
 */
export function fitChoices(
  margins: readonly Readonly<Record<AutoNLGate, number>>[],
  costOf: (choices: readonly Choices[]) => number,
  target: number,
): Choices[] {
  let choices = openGates(margins);
  const places = margins
    .flatMap((_, block) => AUTONL_GATES.map((gate): Place => ({ block, gate })))
    .sort((a, b) => Math.abs(margins[a.block]![a.gate]) - Math.abs(margins[b.block]![b.gate]));
  let cost = costOf(choices);
  for (let changed = true; changed; ) {
    changed = false;
    for (const { block, gate } of places) {
      const next = choices.map((choice, at) =>
        at === block ? { ...choice, [gate]: !choice[gate] } : choice,
      );
      const nextCost = costOf(next);
      if (Math.abs(nextCost - target) >= Math.abs(cost - target)) continue;
      [choices, cost, changed] = [next, nextCost, true];
    }
  }
  return choices;
}
