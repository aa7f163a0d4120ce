import { type ChildProcess, fork } from 'node:child_process';
import { bundleScript } from '../../helpers/bundle.js';
import type { Fault } from './faults.js';

/** Bundles `run.ts` where it finds the packages; gives the script's path. */
export function buildRunner(): Promise<string> {
  return bundleScript({ entry: 'test/styletransfer/crash/run.ts' }, 'crash');
}

/** How a run ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  /** What it printed: `operations`, or `code` and `message` of its error. */
  readonly said: { readonly operations?: number; readonly code?: string; readonly message?: string };
}

/** Starts a run. */
export function start(
  script: string,
  options: object,
  fault: Fault = { kind: 'count', at: 0 },
  delay = 0,
): { readonly child: ChildProcess; readonly ended: Promise<Ended> } {
  const args = [JSON.stringify(options), JSON.stringify(fault), String(delay)];
  const child = fork(script, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
  let text = '';
  child.stdout!.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<Ended>((done) => {
    child.on('close', (code, signal) => done({ code, signal, said: text === '' ? {} : JSON.parse(text) }));
  });
  return { child, ended };
}
