/** A run of places of one epoch that is read, and delivered, together: one sample or one batch. */
export interface Unit {
  readonly epoch: number;
  /** First place of the global order that the unit's step covers, over all ranks. */
  readonly offset: number;
  /** Places of this rank, in order. */
  readonly places: readonly number[];
  /** Where the next unit starts. */
  readonly next: { readonly epoch: number; readonly offset: number };
}

/** How the global order is cut into units. */
export interface UnitPlan {
  /** Places in an epoch. */
  readonly length: number;
  /** Places of one unit. */
  readonly size: number;
  readonly rank: number;
  readonly world: number;
  /** Leave out the places at an epoch's end that do not fill a unit of every rank. */
  readonly drop: boolean;
  /** Epochs in all. */
  readonly epochs: number;
}

/**
 * Units from a place on. Step `s` covers `size * world` places of the global order and rank `r` takes every `world`th
 * of them from the r-th on, so that all ranks together see the order that a single one would.
 */
export function* unitsFrom(start: { epoch: number; offset: number }, plan: UnitPlan): Generator<Unit> {
  const { length, size, rank, world, drop, epochs } = plan;
  const step = size * world;
  let { epoch, offset } = start;
  while (epoch < epochs) {
    const end = offset + step;
    if (offset >= length || (drop && end > length)) {
      if (length < (drop ? step : 1)) return; // no epoch holds a unit
      epoch++;
      offset = 0;
      continue;
    }
    const places: number[] = [];
    for (let place = offset + rank; place < Math.min(end, length); place += world) places.push(place);
    const last = drop ? end + step > length : end >= length;
    const next = last ? { epoch: epoch + 1, offset: 0 } : { epoch, offset: end };
    yield { epoch, offset, places, next };
    ({ epoch, offset } = next);
  }
}
