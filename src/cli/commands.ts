import type { Command } from 'commander';

/** What a command module exports: adds arguments, options and `.action(withSession(…))` to a command already named. */
export interface CommandModule {
  register(command: Command): void;
}

/** One verb of the CLI. Its module is loaded only when the verb is on the command line, so `--help` stays fast. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/**
 * Every verb, in the order of `cuemix --help`. To add one: write `src/cli/<name>.ts` exporting
 * `register(command: Command): void`, then add its line here. `--json` and `--quiet` are added to every verb.
 */
export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'setup',
    summary: 'fetch the TensorFlow library into the per-user cache',
    load: () => import('./setup.js'),
  },
  {
    name: 'doctor',
    summary: 'show the engine, what it can do here, and the cure for what is missing',
    load: () => import('./doctor.js'),
  },
  {
    name: 'stylize',
    summary: 'make a cue-conflict dataset from a folder of pictures and styles',
    load: () => import('./stylize.js'),
  },
  {
    name: 'merge',
    summary: 'put together the parts of a dataset made with --shard',
    load: () => import('./merge.js'),
  },
  {
    name: 'verify',
    summary: 'prove a dataset whole',
    load: () => import('./verify.js'),
  },
];
