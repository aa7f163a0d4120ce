import promises, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

/** What happens at the n-th operation that changes files: the process dies, dies in the middle of a write, or the disk fills. */
export interface Fault {
  readonly kind: 'count' | 'kill' | 'torn' | 'full-once' | 'full';
  readonly at: number;
}

let operations = 0;

/** Operations counted so far. */
export function counted(): number {
  return operations;
}

/** Puts the fault into this process's `node:fs/promises`: writes, renames, removals, new folders and flushes count. */
export function plantFault({ kind, at }: Fault): void {
  const strike = (isWrite: boolean, half: () => Promise<unknown>, needsRoom = true): Promise<void> => {
    operations++;
    const now = operations === at || (kind === 'full' && operations > at);
    if (!now || kind === 'count') return Promise.resolve();
    if (kind === 'full' || kind === 'full-once') {
      if (!needsRoom) return Promise.resolve();
      const error = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
      return Promise.reject(error);
    }
    if (kind === 'torn' && isWrite) return half().then(die);
    return die();
  };
  const die = (): Promise<never> => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  };
  const nothing = (): Promise<void> => Promise.resolve();
  for (const name of ['rename', 'mkdir', 'rm', 'writeFile', 'copyFile'] as const) {
    const original = promises[name] as (...args: unknown[]) => Promise<unknown>;
    Object.assign(promises, {
      [name]: async (...args: unknown[]) => {
        await strike(false, nothing, name !== 'rm');
        return original(...args);
      },
    });
  }
  const open = promises.open;
  promises.open = async (...args: Parameters<typeof open>) => {
    const [, flags = 'r'] = args;
    const writes = typeof flags === 'number' ? (flags & 3) !== 0 : flags !== 'r';
    if (writes) await strike(false, nothing);
    const handle = await open(...args);
    const write = handle.write.bind(handle) as (...parts: unknown[]) => Promise<unknown>;
    const sync = handle.sync.bind(handle);
    Object.assign(handle, {
      write: async (bytes: Uint8Array, offset: number, length: number, position: number | null) => {
        await strike(true, () => write(bytes, offset, length >> 1, position));
        return write(bytes, offset, length, position);
      },
      sync: async () => {
        await strike(false, nothing);
        return sync();
      },
    } satisfies Partial<Record<keyof FileHandle, unknown>>);
    return handle;
  };
  syncBuiltinESMExports();
}
