import { UsageError } from '../../core/errors.js';

/** The exit codes of the program. */
export const ExitCode = { ok: 0, failed: 1, usage: 2, interrupted: 130, terminated: 143 } as const;

/** The exit code of an error that a verb threw. */
export function exitCodeOf(error: unknown): number {
  return error instanceof UsageError ? ExitCode.usage : ExitCode.failed;
}
