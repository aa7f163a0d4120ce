import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { DecodeError } from '../../../core/errors.js';
import type { Watch } from '../source.js';

/** Children of this process at once; memory and open files stay bounded. */
const slots = pLimit(Math.max(2, availableParallelism()));
/** Of what a child says on its standard error. */
const MAX_COMPLAINT = 8192;
/** Largest single piece of memory a child may ask for. */
const MAX_ALLOC = 1024 ** 3;

/** Options of both programs that come first. */
export const QUIET = ['-hide_banner', '-v', 'error', '-max_alloc', `${MAX_ALLOC}`] as const;

/** How a child ended. */
export interface Ending {
  readonly code: number | null;
  /** What it wrote to standard error, the beginning. */
  readonly complaint: string;
}

/**
 * Runs a program without a shell, feeds it `input`, and hands out its standard output piece by piece; a piece that `take` throws on, the
 * clock or the signal end it at once (SIGKILL). Its environment is bare: no proxies, no report files.
 */
export function runChild(
  program: string,
  args: readonly string[],
  name: string,
  take: (piece: Buffer) => void,
  watch: Watch,
  input?: Uint8Array,
): Promise<Ending> {
  return slots(() => {
    watch.check();
    return new Promise<Ending>((resolve, reject) => {
      const child = spawn(program, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH ?? '', LC_ALL: 'C' },
        windowsHide: true,
      });
      child.stdin.on('error', () => undefined); // it ended before it had read all: its exit code tells
      child.stdin.end(input);
      let complaint = '';
      let failure: { readonly error: unknown } | undefined;
      const stop = (error: unknown) => {
        failure ??= { error };
        child.kill('SIGKILL');
      };
      const guard = (work: () => void) => {
        if (failure !== undefined) return;
        try {
          work();
        } catch (error) {
          stop(error);
        }
      };
      const timer = setTimeout(() => guard(watch.check), Math.ceil(watch.left) + 1);
      const abort = () => stop(watch.signal?.reason);
      watch.signal?.addEventListener('abort', abort, { once: true });
      child.stdout.on('data', (piece: Buffer) => guard(() => take(piece)));
      child.stderr.on('data', (piece: Buffer) => {
        if (complaint.length < MAX_COMPLAINT) complaint += piece.toString('latin1');
      });
      child.on('error', (cause) => {
        failure ??= { error: new DecodeError('E_READ', name, `${program} cannot be started.`, { cause }) };
      });
      child.on('close', (code) => {
        clearTimeout(timer);
        watch.signal?.removeEventListener('abort', abort);
        if (failure !== undefined) reject(failure.error);
        else resolve({ code, complaint: complaint.slice(0, MAX_COMPLAINT) });
      });
    });
  });
}

/** Calls `take` with each line of what is fed. A line longer than any that FFmpeg writes ends the child. */
export function byLine(take: (line: string) => void): (piece: Buffer) => void {
  let rest = '';
  return (piece) => {
    const lines = (rest + piece.toString('latin1')).split('\n');
    rest = lines.pop()!;
    if (rest.length > 1 << 20) throw new Error('Expected lines of text from ffprobe.');
    for (const line of lines) take(line);
  };
}

/** The first line of a complaint, for messages. */
export function reasonOf({ complaint }: Ending): string {
  const lines = complaint.split('\n').filter((line) => line.trim() !== '');
  return (lines[0] ?? 'it says nothing')
    .replace(/^\[[^\]]*\]\s*/, '')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 200);
}
