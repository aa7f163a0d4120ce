import type { Output } from '../../src/cli/support/output.js';

/** An output that keeps what was written. */
export interface Recorder extends Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** A plain output of 80 columns, not a terminal. */
export function recordOutput(): Recorder {
  const text = { out: '', err: '' };
  return {
    out: (written) => {
      text.out += written;
    },
    err: (written) => {
      text.err += written;
    },
    terminal: undefined,
    width: 80,
    color: false,
    debug: false,
    paint: (_style, plain) => plain,
    get stdout() {
      return text.out;
    },
    get stderr() {
      return text.err;
    },
  };
}
