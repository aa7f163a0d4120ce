import { DatasetError } from '../../core/errors.js';
import type { Dataset } from '../dataset.js';
import type { Outcome, Refusal } from './job.js';
import type { StreamOptions, StreamReport } from './options.js';

/** Counts what went through a stream and carries out its policy for samples that cannot be read. */
export class Ledger {
  private readonly quarantine = new Map<number, Refusal>();
  private readonly dataset: Dataset;
  private readonly policy: NonNullable<StreamOptions['onError']>;
  private delivered = 0;
  private refused = 0;

  constructor(dataset: Dataset, policy: StreamOptions['onError'] = 'fail') {
    this.dataset = dataset;
    this.policy = policy;
  }

  /** Counts an outcome. Throws DatasetError for a refusal under `fail`. */
  add(epoch: number, { refused, samples, batch }: Outcome): void {
    this.delivered += batch?.ids.length ?? samples.length;
    for (const one of refused) {
      this.refused++;
      const id = this.dataset.entry?.(one.index).id;
      if (this.policy === 'fail') {
        const where = `${id ?? `sample ${one.index}`}, place ${one.place} of epoch ${epoch}`;
        throw new DatasetError(one.code, `${one.message} (${where}; onError: 'skip' goes on without it)`);
      }
      if (this.policy === 'skip' || this.quarantine.has(one.index)) continue;
      this.quarantine.set(one.index, { epoch, ...one, ...(id !== undefined && { id }) });
    }
  }

  /** Why a sample must not be tried again, if so. */
  barred(index: number): { code: string; message: string } | undefined {
    const found = this.quarantine.get(index);
    return found && { code: found.code, message: found.message };
  }

  report(deaths: number): StreamReport {
    const { delivered, refused } = this;
    return { delivered, refused, deaths, quarantine: [...this.quarantine.values()] };
  }
}
