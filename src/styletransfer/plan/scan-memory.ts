import { type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { CuemixError } from '../../core/errors.js';
import { withAtomicFile, writeAll } from '../../io/files/atomic.js';
import { readJsonLines } from '../../io/files/jsonl.js';
import { STATE_FOLDER } from '../dataset/workspace.js';

/** Where a scan is kept in an unfinished dataset. */
const FILE = join(STATE_FOLDER, 'scan.jsonl');
const LINES = 1024; // written in one go

/** What the header of an input said. */
export interface Looked {
  /** Upright, in pixels. */
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** It was decoded, and nothing was wrong. */
  readonly sound?: boolean;
}

/** What tells a file that was changed: its size, and when it and its entry were changed. */
type Stamp = Pick<Stats, 'size' | 'mtimeMs' | 'ctimeMs'>;

/** How the file at `path` looks now; undefined where it cannot be told. At once: a thread would take ten times as long. */
export function stampOf(path: string): Stamp | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

const number = z.number().min(0);
const lineSchema = z.tuple([z.string(), number, number, number, number, number, number, z.boolean()]);

/**
 * What earlier runs of an unfinished dataset read in the headers of its inputs, so that a run that goes on opens none of
 * them again. A file that was touched since is not remembered.
 */
export class ScanMemory {
  /** By path: size and times of the file, then width, height and bytes, and whether it is sound. */
  private readonly known = new Map<string, z.output<typeof lineSchema>>();
  private grown = false;

  /** What lies in the dataset folder `root`; nothing where there is none, or where it is damaged. */
  static async read(root: string): Promise<ScanMemory> {
    const memory = new ScanMemory();
    try {
      const check = (value: unknown) => lineSchema.parse(value);
      for await (const { value } of readJsonLines(join(root, FILE), { check, maxLineBytes: 1 << 16 }))
        memory.known.set(value[0], value);
    } catch (error) {
      if (!(error instanceof CuemixError)) throw error;
    }
    return memory;
  }

  /** What is known of the file at `path`, which now looks like `stamp`. */
  find(path: string, { size, mtimeMs, ctimeMs }: Stamp): Looked | undefined {
    const [, was, modified, changed, width, height, bytes, sound] = this.known.get(path) ?? [];
    if (size !== was || mtimeMs !== modified || ctimeMs !== changed) return undefined;
    if (width === undefined || height === undefined || bytes === undefined) return undefined;
    return { width, height, bytes, sound: sound === true };
  }

  /** Remembers what was read in a file that looked like `stamp` before. */
  note(path: string, { size, mtimeMs, ctimeMs }: Stamp, looked: Looked): void {
    const { width, height, bytes, sound = false } = looked;
    this.known.set(path, [path, size, mtimeMs, ctimeMs, width, height, bytes, sound]);
    this.grown = true;
  }

  /** Keeps what is new in the dataset folder `root`, whose lock the caller holds. */
  async write(root: string): Promise<void> {
    if (!this.grown) return;
    await withAtomicFile(join(root, FILE), async (handle) => {
      let lines: string[] = [];
      const flush = async (): Promise<void> => {
        await writeAll(handle, Buffer.from(lines.join('')));
        lines = [];
      };
      for (const line of this.known.values()) {
        if (lines.push(`${JSON.stringify(line)}\n`) === LINES) await flush();
      }
      await flush();
    });
    this.grown = false;
  }
}
