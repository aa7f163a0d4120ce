import { pathToFileURL } from 'node:url';
import { setWorkerEntry } from '../../src/datasets/stream/thread.js';
import { bundleScript } from './bundle.js';

/** Bundles the worker of streams, which threads cannot load from TypeScript, and has streams use it. */
export async function useBuiltWorker(): Promise<void> {
  setWorkerEntry(pathToFileURL(await bundleScript({ entry: 'src/datasets/stream/worker.ts' }, 'worker')));
}

/** Bundles a module of loaders or transforms for worker threads; gives its path. */
export function buildModule(name: string, source: string): Promise<string> {
  return bundleScript({ source }, name);
}
