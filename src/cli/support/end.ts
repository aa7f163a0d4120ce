import { stopSignal } from './signals.js';

const GRACE_MS = 3000;

/**
 * Ends the process a moment after a stop signal, even when native work that cannot be interrupted is still running. Only
 * for verbs whose files survive that at any point. The function returned takes it back.
 */
export function endAfterSignal(signal: AbortSignal): () => void {
  const arm = (): void => {
    setTimeout(() => process.exit(stopSignal() ?? 1), GRACE_MS).unref();
  };
  signal.addEventListener('abort', arm, { once: true });
  return () => signal.removeEventListener('abort', arm);
}
