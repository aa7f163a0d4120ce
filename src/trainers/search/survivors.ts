/** A channel that a search may remove. */
export interface Candidate {
  /** Name of the scale vector that holds it, and its place there. */
  readonly scale: string;
  readonly index: number;
  /** How strong it is: the larger, the later it goes. */
  readonly strength: number;
  /** What the network saves without it, in the unit of the budget. */
  readonly cost: number;
  /** Never removed: its block would be left without any. */
  readonly kept: boolean;
  /** Whether the search's own rule lets it live. */
  readonly alive: boolean;
}

export interface Budget {
  /** What the network costs without any candidate. */
  readonly base: number;
  /** What it should cost in the end. */
  readonly target: number;
  /** What it may cost now: the target, or more while the search goes on. */
  readonly most: number;
}

/**
 * The candidates that survive so that the network ends on its budget: the rule's own choice, but the strongest dead
 * come back if too many died, and the weakest living go while the network costs more than it may now. Costs are added up
 * exactly, so the result is off by less than one channel.
 */
export function fitBudget(candidates: readonly Candidate[], { base, target, most }: Budget): boolean[] {
  const lives = candidates.map(({ alive, kept }) => alive || kept);
  let cost = candidates.reduce((sum, candidate, at) => sum + (lives[at] ? candidate.cost : 0), base);
  const order = [...candidates.keys()].sort(
    (a, b) => candidates[b]!.strength - candidates[a]!.strength || a - b,
  );
  const flip = (at: number, sign: 1 | -1, towards: number): void => {
    const next = cost + sign * candidates[at]!.cost;
    if (Math.abs(next - towards) >= Math.abs(cost - towards)) return;
    lives[at] = sign > 0;
    cost = next;
  };
  if (cost < target) {
    for (const at of order) if (!lives[at] && cost < target) flip(at, 1, target);
  } else if (cost > most) {
    for (const at of order.reverse())
      if (lives[at] && !candidates[at]!.kept && cost > most) flip(at, -1, most);
  }
  return lives;
}
