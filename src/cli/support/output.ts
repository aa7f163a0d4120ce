import { styleText } from 'node:util';

/** Colours that the CLI uses. */
export type Paint = 'red' | 'green' | 'yellow' | 'bold' | 'dim';

/** Where the CLI writes; tests give their own. */
export interface Output {
  /** Standard output: results. */
  out(text: string): void;
  /** Standard error: progress, notes, errors. */
  err(text: string): void;
  /** Standard error as a stream when it is a terminal that can redraw a line. */
  readonly terminal: NodeJS.WriteStream | undefined;
  readonly width: number;
  readonly color: boolean;
  /** Print stacks (CUEMIX_DEBUG). */
  readonly debug: boolean;
  paint(style: Paint, text: string): string;
}

/** Writing to the process's own streams. Colour only on a terminal, never with NO_COLOR (no-color.org). */
export function processOutput(env: NodeJS.ProcessEnv = process.env): Output {
  for (const stream of [process.stdout, process.stderr]) {
    if (stream.listenerCount('error') === 0) stream.on('error', ignoreClosedPipe);
  }
  const terminal = process.stderr.isTTY === true && env.TERM !== 'dumb' ? process.stderr : undefined;
  // Both: what is painted may go to either, and no escape may end up in a file.
  const color =
    !env.NO_COLOR && (Boolean(env.FORCE_COLOR) || (terminal !== undefined && process.stdout.isTTY));
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    terminal,
    width: process.stdout.columns ?? 100,
    color,
    debug: Boolean(env.CUEMIX_DEBUG),
    paint: (style, text) => (color ? styleText(style, text, { validateStream: false }) : text),
  };
}

/** `cuemix … | head` closes the pipe early: the work goes on, its result is on disk. */
function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
