import { UsageError } from '../core/errors.js';
import { Rng } from '../core/rng.js';
import type { Sample } from '../core/sample.js';
import { type Dataset, type Entry, subset } from './dataset.js';

/** The samples whose name and label `keep` accepts; nothing is read. Throws UsageError for a set that does not list them. */
export function filter(dataset: Dataset, keep: (entry: Entry, index: number) => boolean): Dataset {
  const { entry } = dataset;
  if (entry === undefined)
    throw new UsageError('Expected a dataset that lists its samples; use filterSamples, which reads them.');
  const all = Array.from({ length: dataset.length }, (_, index) => index);
  return subset(
    dataset,
    all.filter((index) => keep(entry.call(dataset, index), index)),
  );
}

/** The samples that `keep` accepts, each read once, now, one after the other. */
export async function filterSamples(
  dataset: Dataset,
  keep: (sample: Sample) => boolean | Promise<boolean>,
  signal?: AbortSignal,
): Promise<Dataset> {
  const kept: number[] = [];
  const rng = Rng.of('filter');
  for (let index = 0; index < dataset.length; index++) {
    signal?.throwIfAborted();
    if (await keep(await dataset.read(index, rng.at(index), signal))) kept.push(index);
  }
  return subset(dataset, kept);
}
