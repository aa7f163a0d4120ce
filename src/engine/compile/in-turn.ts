import type * as tf from '@tensorflow/tfjs-core';

/** The last call that assigns a variable. None of these promises rejects. */
const lastWriter = new WeakMap<tf.Variable, Promise<void>>();

/** What a call does with variables. */
export interface Sharing {
  readonly read: readonly tf.Variable[];
  readonly changed: readonly tf.Variable[];
}

/**
 * Does `work` when all earlier calls that assign a variable of these have ended. Readers wait for writers; writers need
 * not wait for readers, which took the values they had. Every call waits for earlier ones only, so none waits for ever.
 */
export async function inTurn<T>({ read, changed }: Sharing, work: () => Promise<T>): Promise<T> {
  const before = [...read, ...changed].flatMap((variable) => lastWriter.get(variable) ?? []);
  let ended = (): void => undefined;
  const turn = new Promise<void>((resolve) => {
    ended = resolve;
  });
  for (const variable of changed) lastWriter.set(variable, turn);
  try {
    await Promise.all(before);
    return await work();
  } finally {
    ended();
  }
}
