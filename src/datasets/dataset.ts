import { DatasetError, UsageError } from '../core/errors.js';
import type { Label } from '../core/label.js';
import type { Rng } from '../core/rng.js';
import type { Sample } from '../core/sample.js';
import type { ReadPlan } from './loader.js';

/** What is known of a sample without reading it. */
export interface Entry {
  readonly id: string;
  readonly label?: Label;
}

/** Samples that can be read in any order. Reading is pure: the same index and random address give the same sample. */
export interface Dataset {
  readonly length: number;
  /** Class names by class id, where the set has classes. */
  readonly classes?: readonly string[];
  /** Throws RangeError for an index that is not there and DecodeError for a damaged file. */
  read(index: number, rng: Rng, signal?: AbortSignal): Promise<Sample>;
  /** Name and label of a sample, unread; for filters, samplers and reports. */
  entry?(index: number): Entry;
  /** How another thread reads the sample. A set without it can be read by the thread that made it only. */
  plan?(index: number): ReadPlan;
}

/** `index` if it is one of 0..length-1, else RangeError. */
export function checkIndex(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new RangeError(`Expected a sample from 0 to ${length - 1} but received ${index}.`);
}

/** The samples at `indices`, in that order; an index may occur more than once. */
export function subset(dataset: Dataset, indices: ArrayLike<number>): Dataset {
  const chosen = Array.from(indices, (index) => checkIndex(index, dataset.length));
  return mapped(dataset, chosen.length, (index) => [dataset, chosen[checkIndex(index, chosen.length)]!]);
}

/**
 * Disjoint random parts whose sizes follow `fractions` (positive, summing to 1): sizes are rounded so that they add up
 * to the whole. A pure function of the set's length and the random address.
 */
export function split(dataset: Dataset, fractions: readonly number[], rng: Rng): Dataset[] {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (fractions.some((fraction) => !(fraction > 0)) || Math.abs(sum - 1) > 1e-6) {
    throw new UsageError(`Expected positive fractions that sum to 1 but received [${fractions.join(', ')}].`);
  }
  const order = rng.permutation(dataset.length).toArray();
  let reached = 0;
  let start = 0;
  return fractions.map((fraction, part) => {
    reached += fraction;
    const end = part === fractions.length - 1 ? dataset.length : Math.round(dataset.length * reached);
    const indices = order.slice(start, end).sort((a, b) => a - b);
    start = end;
    return subset(dataset, indices);
  });
}

/** One set after the other. All must have the same classes in the same order, or none may have any. */
export function concat(datasets: readonly Dataset[]): Dataset {
  const first = datasets[0];
  if (first === undefined) throw new UsageError('Expected one dataset or more to join but received none.');
  const key = (dataset: Dataset) => JSON.stringify(dataset.classes ?? null);
  const other = datasets.findIndex((dataset) => key(dataset) !== key(first));
  if (other > 0) {
    throw new DatasetError(
      'E_LABEL',
      `Expected the same classes in all joined datasets but number ${other} differs.`,
    );
  }
  const starts: number[] = [];
  let length = 0;
  for (const dataset of datasets) {
    starts.push(length);
    length += dataset.length;
  }
  return mapped(
    first,
    length,
    (index) => {
      checkIndex(index, length);
      const part = starts.findLastIndex((start) => start <= index);
      return [datasets[part]!, index - starts[part]!];
    },
    datasets,
  );
}

/**
 * A set whose sample `index` is a sample of another set: `find` tells which. Classes are those of `first`; names and
 * plans pass through if all `parts` have them.
 */
function mapped(
  first: Dataset,
  length: number,
  find: (index: number) => readonly [Dataset, number],
  parts: readonly Dataset[] = [first],
): Dataset {
  return {
    ...(first.classes !== undefined && { classes: first.classes }),
    length,
    async read(index, rng, signal) {
      const [dataset, place] = find(index);
      return { ...(await dataset.read(place, rng, signal)), index };
    },
    ...(parts.every(({ entry }) => entry) && {
      entry(index: number) {
        const [dataset, place] = find(index);
        return dataset.entry!(place);
      },
    }),
    ...(parts.every(({ plan }) => plan) && {
      plan(index: number) {
        const [dataset, place] = find(index);
        return dataset.plan!(place);
      },
    }),
  };
}
