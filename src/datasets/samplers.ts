import { UsageError } from '../core/errors.js';
import type { Permutation } from '../core/permutation.js';
import type { Rng } from '../core/rng.js';

/** The order of one epoch: which sample stands at each place. Any place can be asked for at once. */
export interface Order {
  readonly length: number;
  at(place: number): number;
  /** A sample may stand at several places. */
  readonly repeats: boolean;
}

/** Gives each epoch its order: a pure function of the set's length, the epoch's number and a random address. */
export type Sampler = (length: number, rng: Rng, epoch: number) => Order;

/** Every sample once, shuffled over the whole set. */
export const shuffled: Sampler = (length, rng) => {
  const order = rng.permutation(length);
  return { length, at: (place) => order.at(place), repeats: false };
};

/** Every sample once, in the set's own order. */
export const sequential: Sampler = (length) => ({ length, at: (place) => place, repeats: false });

/**
 * Draws with replacement, sample i with a chance in proportion to `weights[i]` (Walker's alias method: constant time).
 * @param length places in an epoch; the set's length unless told
 */
export function weighted(weights: ArrayLike<number>, length?: number): Sampler {
  const table = aliasTable(weights);
  return (samples, rng) => {
    if (samples !== weights.length)
      throw new UsageError(
        `Expected a weight for each of ${samples} samples but received ${weights.length}.`,
      );
    return {
      length: length ?? samples,
      repeats: true,
      at(place) {
        const draw = rng.at('draw', place);
        const column = draw.integer(samples);
        return draw.chance(table.chance[column]!) ? column : table.alias[column]!;
      },
    };
  };
}

/**
 * Every class equally often: each round takes one sample of every class, in shuffled order, and a class's samples come
 * in shuffled order, all of them before any comes again.
 * @param classIds class of each sample; @param length places in an epoch; the set's length unless told
 */
export function balanced(classIds: ArrayLike<number>, length?: number): Sampler {
  const groups = new Map<number, number[]>();
  for (let index = 0; index < classIds.length; index++) {
    const members = groups.get(classIds[index]!) ?? [];
    groups.set(classIds[index]!, members);
    members.push(index);
  }
  const members = [...groups.entries()].sort(([a], [b]) => a - b).map(([, group]) => group);
  return (samples, rng) => {
    if (samples !== classIds.length)
      throw new UsageError(
        `Expected a class for each of ${samples} samples but received ${classIds.length}.`,
      );
    const rounds = remembered((round) => rng.at('round', round).permutation(members.length));
    const cycles = members.map((group, place) =>
      remembered((cycle) => rng.at('class', place, cycle).permutation(group.length)),
    );
    return {
      length: length ?? samples,
      repeats: true,
      at(place) {
        const round = Math.floor(place / members.length);
        const group = rounds(round).at(place % members.length);
        const size = members[group]!.length;
        return members[group]![cycles[group]!(Math.floor(round / size)).at(round % size)]!;
      },
    };
  };
}

const LARGEST_CYCLE = 1000;

/**
 * A mixture of sets that were joined with `concat`: of every cycle of places each set gets its share of `rates`
 * exactly (to a thousandth), at shuffled places; within a set, samples come shuffled, all before any comes again.
 * @param lengths of the joined sets; @param rates positive, in any scale; @param length places in an epoch
 */
export function mixture(lengths: readonly number[], rates: readonly number[], length?: number): Sampler {
  if (lengths.length !== rates.length || rates.some((rate) => !(rate > 0)) || lengths.some((n) => n < 1))
    throw new UsageError(
      `Expected one positive rate per non-empty set but received [${rates}] for sets of [${lengths}] samples.`,
    );
  const counts = shares(rates);
  const owner = counts.flatMap((count, part) => Array.from({ length: count }, (_, slot) => ({ part, slot })));
  const starts = lengths.map((_, part) => lengths.slice(0, part).reduce((sum, n) => sum + n, 0));
  const total = lengths.reduce((sum, n) => sum + n, 0);
  return (samples, rng) => {
    if (samples !== total)
      throw new UsageError(`Expected a set of ${total} samples (all parts joined) but received ${samples}.`);
    const cycles = remembered((cycle) => rng.at('cycle', cycle).permutation(owner.length));
    const parts = lengths.map((size, part) =>
      remembered((turn) => rng.at('part', part, turn).permutation(size)),
    );
    return {
      length: length ?? total,
      repeats: true,
      at(place) {
        const cycle = Math.floor(place / owner.length);
        const { part, slot } = owner[cycles(cycle).at(place % owner.length)]!;
        const use = cycle * counts[part]! + slot;
        const size = lengths[part]!;
        return starts[part]! + parts[part]!(Math.floor(use / size)).at(use % size);
      },
    };
  };
}

/**
 * Every sample once, for shards that are fetched as they are needed: shards are shuffled and taken in groups of
 * `group`; samples are shuffled within a group, so that at most that many shards are in use at a time.
 * @param sizes samples of each shard, in the set's order
 */
export function byShard(sizes: readonly number[], group = 4): Sampler {
  const starts = sizes.map((_, shard) => sizes.slice(0, shard).reduce((sum, n) => sum + n, 0));
  const total = sizes.reduce((sum, n) => sum + n, 0);
  return (samples, rng) => {
    if (samples !== total)
      throw new UsageError(`Expected a set of ${total} samples (all shards) but received ${samples}.`);
    const shards = rng.at('shards').permutation(sizes.length).toArray();
    const ends: number[] = [];
    for (let first = 0, end = 0; first < shards.length; first += group) {
      for (const shard of shards.slice(first, first + group)) end += sizes[shard]!;
      ends.push(end);
    }
    const inside = remembered((which) =>
      rng.at('group', which).permutation(ends[which]! - (ends[which - 1] ?? 0)),
    );
    return {
      length: total,
      repeats: false,
      at(place) {
        const which = ends.findIndex((end) => place < end);
        let rest = inside(which).at(place - (ends[which - 1] ?? 0));
        for (const shard of shards.slice(which * group)) {
          if (rest < sizes[shard]!) return starts[shard]! + rest;
          rest -= sizes[shard]!;
        }
        throw new RangeError(`Expected a place from 0 to ${total - 1} but received ${place}.`);
      },
    };
  };
}

/** Whole numbers in the ratio of `rates`, with the smallest sum that fits or else a sum of {@link LARGEST_CYCLE}. */
function shares(rates: readonly number[]): number[] {
  const sum = rates.reduce((total, rate) => total + rate, 0);
  for (let cycle = rates.length; cycle <= LARGEST_CYCLE; cycle++) {
    const exact = rates.map((rate) => (rate / sum) * cycle);
    if (exact.every((share) => share > 0.5 && Math.abs(share - Math.round(share)) < 1e-9))
      return exact.map(Math.round);
  }
  return rates.map((rate) => Math.max(1, Math.round((rate / sum) * LARGEST_CYCLE)));
}

/** Keeps the last two results: neighbouring places ask for the same permutation. */
function remembered(make: (key: number) => Permutation): (key: number) => Permutation {
  const kept = new Map<number, Permutation>();
  return (key) => {
    let found = kept.get(key);
    if (found === undefined) {
      found = make(key);
      if (kept.size > 1) kept.delete(kept.keys().next().value!);
      kept.set(key, found);
    }
    return found;
  };
}

function aliasTable(weights: ArrayLike<number>): { chance: Float64Array; alias: Uint32Array } {
  const count = weights.length;
  let sum = 0;
  for (let index = 0; index < count; index++) {
    const weight = weights[index]!;
    if (!(weight >= 0) || weight === Infinity)
      throw new UsageError(`Expected weights of 0 or more but weight ${index} is ${weight}.`);
    sum += weight;
  }
  if (!(sum > 0)) throw new UsageError('Expected a weight above 0 but all are 0.');
  const chance = Float64Array.from({ length: count }, (_, index) => (weights[index]! / sum) * count);
  const alias = Uint32Array.from({ length: count }, (_, index) => index);
  const small: number[] = [];
  const large: number[] = [];
  chance.forEach((value, index) => {
    (value < 1 ? small : large).push(index);
  });
  while (small.length > 0 && large.length > 0) {
    const low = small.pop()!;
    const high = large.pop()!;
    alias[low] = high;
    chance[high]! -= 1 - chance[low]!;
    (chance[high]! < 1 ? small : large).push(high);
  }
  // What rounding left over stands for itself alone; a weight of 0 must never be drawn.
  const any = alias.findIndex((_, index) => weights[index]! > 0);
  for (const rest of [...small, ...large]) {
    chance[rest] = weights[rest]! > 0 ? 1 : 0;
    alias[rest] = any;
  }
  return { chance, alias };
}
