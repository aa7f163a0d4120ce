/** When a search's network should cost how much. */
export interface Plan {
  /** Cost at the start. */
  readonly from: number;
  /** Cost to end with. */
  readonly target: number;
  /** Epochs without pressure, while it rises. */
  readonly rampEpochs: number;
  /** Epoch by which the target is to be reached; what is left of the training is for the weights. */
  readonly until: number;
}

/** What the network should cost after so many epochs: level, then straight down to the target. */
export function plannedCost({ from, target, rampEpochs, until }: Plan, epochs: number): number {
  const share = (epochs - rampEpochs) / Math.max(1, until - rampEpochs);
  return from + (target - from) * Math.min(1, Math.max(0, share));
}

/** Pressure is at most doubled or halved per epoch. */
const STRONGEST = 2;
/** How many times the pressure it began with it may become: far more destroys the network that it is to shape. */
export const LIMIT = 4;
/** By how many times the distance from plan, as a share of all that must go, the pressure changes. */
const GAIN = 8;

/**
 * The next pressure: more when the network costs more than planned, less when it costs less, none once the target is
 * met. Proportional control of its logarithm.
 */
export function nextPressure(pressure: number, plan: Plan, cost: number, epochs: number): number {
  if (cost <= plan.target) return 0;
  const behind = (cost - plannedCost(plan, epochs)) / Math.max(1, plan.from - plan.target);
  const factor = Math.exp(GAIN * behind);
  return pressure * Math.min(STRONGEST, Math.max(1 / STRONGEST, factor));
}

/** A network that was built and tried. */
export interface Measured {
  readonly macs: number;
  readonly time: number;
}

const TRIES = 10;
/** Half of the 3 % that a target may be missed by. */
const NEAR = 0.015;
/** How much farther than in proportion the next network is aimed until there is one on either side of the target. */
const BEYOND = 1.2;

/**
 * The multiply-accumulates to ask for so that a network takes `target`. Time is no sum over layers, so networks are built and
 * measured: in proportion until one is quicker and one slower, then between the nearest of these.
 */
export async function aimForTime(
  measure: (aim: number) => Promise<Measured>,
  start: number,
  target: number,
): Promise<number> {
  const tries: (Measured & { readonly aim: number })[] = [];
  const distance = ({ time }: Measured): number => Math.abs(time / target - 1);
  for (let aim = start; tries.length < TRIES; ) {
    const tried = { aim, ...(await measure(aim)) };
    const isKnown = tries.some(({ macs }) => macs === tried.macs);
    tries.push(tried);
    if (isKnown || distance(tried) <= NEAR) break;
    const quick = Math.max(...tries.filter(({ time }) => time <= target).map(({ macs }) => macs));
    const slow = Math.min(
      ...tries.flatMap(({ macs, time }) => (time > target && macs > quick ? [macs] : [])),
    );
    if (quick > 0 && slow < Number.POSITIVE_INFINITY) aim = (quick + slow) / 2;
    else aim = ((tried.macs * target) / tried.time) * (tried.time > target ? 1 / BEYOND : BEYOND);
  }
  return tries.reduce((a, b) => (distance(b) < distance(a) ? b : a)).aim;
}
