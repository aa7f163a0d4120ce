import { CuemixError, UsageError } from '../../core/errors.js';
import type { Hosts } from './address.js';
import { meetHosts } from './hosts.js';
import { freePorts } from './ports.js';
import { type Exit, type StartOptions, startProcesses } from './processes.js';
import { aloneHere } from './rendezvous.js';

export interface LaunchOptions extends StartOptions {
  /** Processes on this host. */
  readonly processes: number;
  /** Other hosts that take part; without it this one is alone. */
  readonly hosts?: Hosts;
  /** The command of later attempts: one that goes on from the last checkpoint. */
  readonly again: readonly string[];
  /** How many later attempts there may be. */
  readonly restarts: number;
  readonly onRestart?: (reason: string) => void;
  readonly signal?: AbortSignal;
}

/** Exit code of a command that was asked for something impossible: asking again would not help. */
const WRONG_USAGE = 2;

const reasonOf = (exit: Exit | 'elsewhere'): string => {
  if (exit === 'elsewhere') return 'a process on another host ended';
  const how = exit.signal === null ? `with code ${exit.code}` : `by ${exit.signal}`;
  return `process ${exit.rank} ended ${how}`;
};

/**
 * Runs one command as several processes that train together. When one ends otherwise than well, all are stopped and
 * started again with `again`, since the sums that they share cannot go on without it.
 * @returns whether they ended well; false when the signal stopped them.
 * @throws CuemixError E_CLUSTER when they failed more often than `restarts` allows; UsageError when one refused the command.
 */
export async function launch(options: LaunchOptions): Promise<boolean> {
  const { processes, hosts, restarts, signal } = options;
  const rendezvous = hosts ? await meetHosts(hosts) : aloneHere;
  const stopped = new Promise<'stopped'>((resolve) => {
    if (signal?.aborted) resolve('stopped');
    signal?.addEventListener('abort', () => resolve('stopped'), { once: true });
  });
  try {
    for (let attempt = 0; ; attempt++) {
      const round = await rendezvous.meet(await freePorts(processes));
      const ranks = Array.from({ length: processes }, (_, index) => round.firstRank + index);
      const command = attempt === 0 ? options.command : options.again;
      const running = startProcesses(round.tasks, ranks, { ...options, command });
      const ended = await Promise.race([
        running.failed,
        round.failed.then(() => 'elsewhere' as const),
        stopped,
      ]);
      if (ended === undefined) {
        if (await round.finish(true)) return true;
      } else {
        await Promise.all([running.stop(), round.finish(false)]);
        if (ended === 'stopped') return false;
      }
      const reason = reasonOf(ended ?? 'elsewhere');
      if (typeof ended === 'object' && ended.code === WRONG_USAGE) {
        throw new UsageError(`Nothing was trained: ${reason}, for the reason that it gave.`);
      }
      if (attempt === restarts) {
        throw new CuemixError('E_CLUSTER', `Expected all processes to end well but ${reason}.`);
      }
      options.onRestart?.(reason);
    }
  } finally {
    rendezvous.close();
  }
}
