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
 * The choices nearest to the learned ones that cost what they may. Gates change as they would under more or less pressure,
 * first the one whose margin is the smallest for what it saves or costs, as long as that does not miss the target on the
 * other side; then whichever still bring the cost nearer.
 */
export function fitChoices(
  margins: readonly Readonly<Record<AutoNLGate, number>>[],
  costOf: (choices: readonly Choices[]) => number,
  target: number,
): Choices[] {
  let choices = openGates(margins);
  let left = costOf(choices) - target;
  const changed = ({ block, gate }: Place): Choices[] =>
    choices.map((choice, at) => (at === block ? { ...choice, [gate]: !choice[gate] } : choice));
  const hold = (place: Place): number => {
    const price = Math.abs(costOf(changed(place)) - target - left);
    return Math.abs(margins[place.block]![place.gate]) / price;
  };
  const places = margins
    .flatMap((_, block) => AUTONL_GATES.map((gate): Place => ({ block, gate })))
    .map((place) => ({ place, hold: hold(place) }))
    .sort((a, b) => a.hold - b.hold);
  for (const mayCross of [false, true]) {
    for (let isNearer = true; isNearer; ) {
      isNearer = false;
      for (const { place } of places) {
        const next = changed(place);
        const then = costOf(next) - target;
        if (Math.abs(then) >= Math.abs(left) || (!mayCross && then * left < 0)) continue;
        [choices, left, isNearer] = [next, then, true];
      }
    }
  }
  return choices;
}
