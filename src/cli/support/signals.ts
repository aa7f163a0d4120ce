import { ExitCode } from './exit.js';

const CODES = { SIGINT: ExitCode.interrupted, SIGTERM: ExitCode.terminated } as const;

let controller: AbortController | undefined;
let received: number | undefined;

/**
 * A signal that the first SIGINT or SIGTERM aborts; the second one ends the process at once. Listening starts with the
 * first call, so a program that never asks keeps Node's default behaviour.
 */
export function processSignal(): AbortSignal {
  if (controller !== undefined) return controller.signal;
  controller = new AbortController();
  for (const [name, code] of Object.entries(CODES)) {
    process.on(name, () => {
      if (received !== undefined) process.exit(code);
      received = code;
      controller?.abort(new Error(`stopped by ${name}`));
    });
  }
  return controller.signal;
}

/** 130 or 143 once a stop signal came, otherwise undefined. */
export function stopSignal(): number | undefined {
  return received;
}
