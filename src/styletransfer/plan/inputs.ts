import type { ScanMemory } from './scan-memory.js';

/** Where the inputs of a dataset are. */
export interface Inputs {
  /** A folder of pictures, one folder for each class or none. */
  readonly content: string;
  /** A folder of style pictures, or `self` for the content pictures. */
  readonly styles: string;
  /** A class index for the content, see `readClassIndex`. */
  readonly classIndex?: string | undefined;
}

/** How a scan goes about it. */
export interface ScanOptions {
  readonly workers: number;
  /** Throw at the first unreadable picture instead of setting it aside. */
  readonly failFast: boolean;
  readonly signal?: AbortSignal | undefined;
  /** What earlier runs saw. */
  readonly memory?: ScanMemory;
  readonly onProgress?: (phase: 'scan' | 'check', done: number, total: number) => void;
}
