import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Which process holds a lock, with enough to tell it from a later one that got the same pid. */
export interface Owner {
  readonly pid: number;
  readonly host: string;
  /** Identity of the machine's current boot, '' where unknown. */
  readonly boot: string;
  /** Start time of the process in clock ticks since boot, '' where unknown. */
  readonly started: string;
  /** When the lock was taken, ISO 8601. For the message only. */
  readonly since: string;
  /** Random: tells this lock from every other. */
  readonly token: string;
}

const readText = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
};

const bootId = (): string => readText('/proc/sys/kernel/random/boot_id');

/** Field 22 of /proc/PID/stat; the command name before it may hold spaces and brackets. */
function startTicks(pid: number): string {
  const stat = readText(`/proc/${pid}/stat`);
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** This process as an owner. */
export function thisProcess(token: string): Owner {
  return {
    pid: process.pid,
    host: hostname(),
    boot: bootId(),
    started: startTicks(process.pid),
    since: new Date().toISOString(),
    token,
  };
}

/** Reads what {@link thisProcess} gave, from JSON text; undefined when it is torn or foreign. */
export function parseOwner(text: string): Owner | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { pid, host, boot, started, since, token } = value as Record<string, unknown>;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  for (const field of [host, boot, started, since, token]) if (typeof field !== 'string') return undefined;
  return value as Owner;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives but belongs to another user.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/**
 * Whether the owner is surely gone: same host, and rebooted since, or no such process, or its pid now belongs to a
 * process started at another time. An owner on another host is never called gone: nothing can be known of it.
 */
export function isGone(owner: Owner): boolean {
  if (owner.host !== hostname()) return false;
  const boot = bootId();
  if (owner.boot !== '' && boot !== '' && owner.boot !== boot) return true;
  if (!isAlive(owner.pid)) return true;
  const started = startTicks(owner.pid);
  return owner.started !== '' && started !== '' && owner.started !== started;
}
