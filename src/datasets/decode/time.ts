/**
 * Runs `work`, rejecting with `late()` after `milliseconds` or with the signal's reason when it aborts. The work itself
 * cannot be stopped from here; its result is then dropped.
 */
export async function withinTime<T>(
  milliseconds: number,
  late: () => Error,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late()), milliseconds);
    abort = () => reject(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work(), stopped]);
  } finally {
    clearTimeout(timer);
    if (abort !== undefined) signal?.removeEventListener('abort', abort);
  }
}
