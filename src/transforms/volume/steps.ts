import { setImmediate } from 'node:timers/promises';

/** Long work that pauses between its pieces; the last value is the result. */
export type Steps<T> = Generator<void, T>;

/** Longest time, in milliseconds, that `finishAsync` holds the event loop, plus one piece. */
const HOLD = 8;

/** Does all the work at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
  }
}

/** Does the work in pieces between which timers and reads run; an abort stops it at the next piece. */
export async function finishAsync<T>(steps: Steps<T>, signal?: AbortSignal): Promise<T> {
  let started = performance.now();
  for (;;) {
    const next = steps.next();
    if (next.done === true) return next.value;
    if (performance.now() - started < HOLD) continue;
    await setImmediate();
    signal?.throwIfAborted();
    started = performance.now();
  }
}
