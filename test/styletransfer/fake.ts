import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Painter, Picture } from '../../src/styletransfer/painting/painter.js';

/** Counts what a fake painter was asked. */
export interface FakePainter extends Painter<readonly number[]> {
  readonly calls: { styles: number; batches: number[] };
}

/**
 * Paints by plain arithmetic: shifts each channel's mean to the style's. `delay` milliseconds a batch. Like a real
 * network it may depend on the company in the batch: one value does, so that batches must be the same for same bytes.
 */
export function fakePainter(delay = 0, model = 'fake'): FakePainter {
  const calls = { styles: 0, batches: [] as number[] };
  return {
    identity: { model, engine: 'none', engineVersion: '1', precision: 'fp32' },
    calls,
    async encodeStyle(style) {
      calls.styles++;
      return means(style);
    },
    async paint(contents, styles, alpha) {
      calls.batches.push(contents.length);
      if (delay > 0) await new Promise((done) => setTimeout(done, delay));
      return contents.map((content, row) => {
        const from = means(content);
        const to = styles[row]!;
        const data = content.data.map((value, at) => value + alpha * (to[at % 3]! - from[at % 3]!));
        data[0] = contents.length;
        return { ...content, data };
      });
    },
    dispose() {},
  };
}

function means({ data }: Picture): number[] {
  const sums = [0, 0, 0];
  for (const [at, value] of data.entries()) sums[at % 3]! += value;
  return sums.map((sum) => sum / (data.length / 3));
}

/** Every file below `root` (but the lock) with its hash: what must be equal when two datasets are the same. */
export async function treeOf(root: string): Promise<Record<string, string>> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const tree: Record<string, string> = {};
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    tree[path.slice(root.length + 1)] = createHash('sha256')
      .update(await readFile(path))
      .digest('hex');
  }
  return tree;
}
