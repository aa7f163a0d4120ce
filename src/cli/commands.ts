import type { Command } from 'commander';

/** What a command module exports: adds arguments, options and `.action(withSession(…))`, or subcommands, to a command already named. */
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
    name: 'inspect',
    summary: 'tell what is in a dataset and what is wrong with it',
    load: () => import('./inspect.js'),
  },
  {
    name: 'preview',
    summary: 'draw one augmented batch of a dataset',
    load: () => import('./preview.js'),
  },
  {
    name: 'shard',
    summary: 'pack pictures into tar shards with an index',
    load: () => import('./shard.js'),
  },
  {
    name: 'prepare',
    summary: 'decode pictures once, for epochs without decoding',
    load: () => import('./prepare.js'),
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
  {
    name: 'train',
    summary: 'train a network by a recipe',
    load: () => import('./train.js'),
  },
  {
    name: 'eval',
    summary: 'say how good, how shape-biased and how robust networks are',
    load: () => import('./eval.js'),
  },
  {
    name: 'search',
    summary: 'search an architecture under a budget, and train it',
    load: () => import('./search.js'),
  },
  {
    name: 'runs',
    summary: 'compare trainings side by side',
    load: () => import('./runs.js'),
  },
  {
    name: 'train-stylizer',
    summary: 'train the embedded stylizer, or a decoder for the VGG path',
    load: () => import('./train-stylizer.js'),
  },
  {
    name: 'volumes',
    summary: 'inspect, prepare, import and show medical volumes',
    load: () => import('./volumes.js'),
  },
  {
    name: 'models',
    summary: 'list the networks that can be built by name',
    load: () => import('./models.js'),
  },
  {
    name: 'describe',
    summary: 'show a network layer by layer',
    load: () => import('./describe.js'),
  },
  {
    name: 'export',
    summary: 'write a network with its weights as ONNX',
    load: () => import('./export.js'),
  },
];
