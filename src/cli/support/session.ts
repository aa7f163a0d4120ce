import type { Command, OptionValues } from 'commander';
import { type Output, processOutput } from './output.js';
import { type Progress, type ProgressOptions, startProgress } from './progress.js';
import { processSignal } from './signals.js';

/** What a verb's action gets beside its arguments. */
export interface Session {
  /** Aborted by SIGINT and SIGTERM: give it to everything that takes long. */
  readonly signal: AbortSignal;
  /** `--json`: standard output carries exactly one JSON document. */
  readonly json: boolean;
  readonly output: Output;
  /** One line for people, on standard error; silent under `--json` and `--quiet`. */
  note(line: string): void;
  /** One line of warning on standard error; silent only under `--quiet`. */
  warn(line: string): void;
  /** The result, once, on standard output: `value` as JSON under `--json`, otherwise `text` (omit it to say nothing). */
  result(value: unknown, text?: string): void;
  /** A progress display that keeps quiet when it should. */
  progress(options: ProgressOptions): Progress;
}

/**
 * An action: arguments as given, options as commander parsed them (check them with `parseOptions`). It may resolve to
 * an exit code: 1 for a finding, as of `verify`; nothing means 0.
 */
export type Action = (
  session: Session,
  args: readonly string[],
  options: OptionValues,
) => Promise<number | undefined> | Promise<void>;

/** Where a command writes, and what its action answered. */
export interface CommandState {
  readonly output: Output;
  exitCode: number;
}

const states = new WeakMap<Command, CommandState>();

/** Ties a command to a state; `run` does it for every verb. */
export function attachState(command: Command, state: CommandState): void {
  states.set(command, state);
}

/**
 * Wraps a verb's action for commander: `command.action(withSession(async (session, args, options) => { … }))`.
 * Throw a `UsageError` for exit code 2, anything else for 1.
 */
export function withSession(action: Action): (this: Command, ...parameters: unknown[]) => Promise<void> {
  return async function (this: Command) {
    const options = this.opts();
    const state = states.get(this) ?? { output: processOutput(), exitCode: 0 };
    state.exitCode = (await action(createSession(state.output, options), this.args, options)) ?? 0;
  };
}

/** A session that writes to `output`. */
export function createSession(output: Output, options: OptionValues, signal = processSignal()): Session {
  const json = options.json === true;
  const quiet = options.quiet === true;
  return {
    signal,
    json,
    output,
    note: (line) => {
      if (!json && !quiet) output.err(`${line}\n`);
    },
    warn: (line) => {
      if (!quiet) output.err(`${output.paint('yellow', 'warning:')} ${line}\n`);
    },
    result: (value, text) => {
      if (json) output.out(`${JSON.stringify(value, undefined, 2)}\n`);
      else if (text !== undefined && text !== '') output.out(text.endsWith('\n') ? text : `${text}\n`);
    },
    progress: (progressOptions) => startProgress(output, json || quiet, progressOptions),
  };
}
