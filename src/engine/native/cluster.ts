import { UsageError } from '../../core/errors.js';
import { bytesField, varintField } from './protobuf.js';

/** The processes that train one network together, and which of them this one is. */
export interface Cluster {
  /** `host:port` of every process, in the same order in all of them. */
  readonly tasks: readonly string[];
  /** Position of this process in `tasks`. */
  readonly rank: number;
}

const JOB = 'worker';

/**
 * Seconds after which a peer that says nothing counts as lost: longer than one process may validate alone while the
 * others wait. That a process ended, the launcher sees at once.
 */
export const COLLECTIVE_TIMEOUT = 6 * 3600;

/** Whether a text is `host:port`. */
export const isAddress = (text: string): boolean => /^[^\s/:]+:[1-9]\d{0,4}$/.test(text);

/** Throws UsageError unless every task is `host:port`, no two are equal, and the rank is one of them. */
export function checkCluster({ tasks, rank }: Cluster): void {
  const wrong = tasks.find((task) => !isAddress(task));
  if (wrong !== undefined) {
    throw new UsageError(`Expected every process of a cluster as host:port but received '${wrong}'.`);
  }
  if (new Set(tasks).size !== tasks.length) {
    throw new UsageError('Expected every process of a cluster once but an address occurs twice.');
  }
  if (!Number.isInteger(rank) || rank < 0 || rank >= tasks.length) {
    throw new UsageError(
      `Expected a rank from 0 to ${tasks.length - 1} for ${tasks.length} processes but received ${rank}.`,
    );
  }
}

/** The part of a ConfigProto (experimental 16, collective_group_leader 1) that names who arranges the groups. */
export function collectiveConfig(): Buffer {
  return bytesField(16, bytesField(1, `/job:${JOB}/replica:0/task:0`));
}

/** The serialized ServerDef (tensorflow_server.proto) with which this process serves its tensors to its peers. */
export function serverDef({ tasks, rank }: Cluster, config: Buffer): Buffer {
  const addresses = tasks.map((address, task) =>
    bytesField(2, Buffer.concat([varintField(1, task), bytesField(2, address)])),
  );
  const job = Buffer.concat([bytesField(1, JOB), ...addresses]);
  return Buffer.concat([
    bytesField(1, bytesField(1, job)),
    bytesField(2, JOB),
    varintField(3, rank),
    bytesField(4, config),
    bytesField(5, 'grpc'),
  ]);
}
