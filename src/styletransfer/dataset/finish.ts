import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatasetError } from '../../core/errors.js';
import { withAtomicFile, writeAll, writeFileAtomic } from '../../io/files/atomic.js';
import { sha256 } from '../../io/files/hash.js';
import {
  type Dataset,
  datasetText,
  type FileEntry,
  type ManifestEntry,
  mergeRefusals,
  type Preview,
  type Refusal,
  sealDataset,
  toJsonLines,
} from './manifest.js';
import type { Workspace } from './workspace.js';

/** Name of the document whose presence says that a dataset is whole. */
export const DATASET_FILE = 'dataset.json';

/** Files at the top of a dataset. */
export const TOP_FILES = ['manifest.jsonl', 'quarantine.jsonl', 'previews.jsonl', 'report.html', 'sheet.jpg'];

/** What is known of a dataset before its groups are counted. */
export type DatasetHead = Omit<Dataset, 'hash' | 'files' | 'counts'> & {
  readonly found: { readonly contents: number; readonly styles: number };
};

/** An output with its thumbnails. */
export interface Shown {
  readonly entry: ManifestEntry;
  readonly preview: Preview;
}

/** What a report is made of. */
export interface ReportData {
  readonly dataset: Omit<Dataset, 'hash' | 'files'>;
  readonly shown: readonly Shown[];
  readonly refusals: readonly Refusal[];
  /** Outputs of each shape class and of each pair (shape, texture) by name. */
  readonly cells: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Makes further files of a dataset (a contact sheet, a page); a pure function of its data. Names are file names. */
export type ReportWriter = (data: ReportData) => Promise<ReadonlyMap<string, Uint8Array | string>>;

/**
 * Writes everything that speaks of the whole: manifest, quarantine, previews, reports, and at the very end
 * `dataset.json`. Then the unfinished state is cleared. `planned` is the number of outputs that must be accounted for.
 * Throws `DatasetError` E_COUNT when they are not.
 */
export async function finishDataset(
  workspace: Workspace,
  { found, ...head }: DatasetHead,
  scanned: readonly Refusal[],
  planned: number,
  report?: ReportWriter,
): Promise<Dataset> {
  const { root } = workspace;
  const all: Refusal[] = [...scanned];
  const shown: Shown[] = [];
  const shards: FileEntry[] = [];
  const cells = new Map<string, Map<string, number>>();
  let delivered = 0;
  const manifest = await writeHashed(root, 'manifest.jsonl', async (write) => {
    for await (const record of workspace.records()) {
      await write(toJsonLines(record.entries));
      all.push(...record.refusals);
      delivered += record.entries.length;
      if (record.shard !== undefined) shards.push(record.shard);
      const byIndex = new Map(record.previews.map((preview) => [preview.index, preview]));
      for (const entry of record.entries) {
        const row = cells.get(entry.shape.name) ?? new Map<string, number>();
        cells.set(entry.shape.name, row);
        row.set(entry.texture.name, (row.get(entry.texture.name) ?? 0) + 1);
        const preview = byIndex.get(entry.index);
        if (preview !== undefined) shown.push({ entry, preview });
      }
    }
  });
  const refusals = mergeRefusals(all);
  const refused = refusals.reduce((sum, { outputs }) => sum + outputs.length, 0);
  if (delivered + refused !== planned) {
    throw new DatasetError(
      'E_COUNT',
      `Expected ${planned} outputs to be accounted for in ${root} but ${delivered} were made and ${refused} refused.`,
    );
  }
  const count = (role: Refusal['role']) => refusals.filter((refusal) => refusal.role === role).length;
  const contents = { found: found.contents, refused: count('content') };
  const self = head.recipe.styles === 'self';
  const summary = {
    ...head,
    counts: {
      contents,
      styles: self ? contents : { found: found.styles, refused: count('style') },
      outputs: { planned, delivered, refused },
    },
  };
  const files = [manifest];
  files.push(await writeText(root, 'quarantine.jsonl', toJsonLines(refusals)));
  files.push(await writeText(root, 'previews.jsonl', toJsonLines(shown.map(({ preview }) => preview))));
  const extra = (await report?.({ dataset: summary, shown, refusals, cells })) ?? new Map<string, string>();
  for (const [name, data] of extra) files.push(await writeText(root, name, data));
  const dataset = sealDataset({ ...summary, files: [...files, ...shards] });
  await writeFileAtomic(join(root, DATASET_FILE), datasetText(dataset));
  await workspace.clear();
  return dataset;
}

async function writeText(root: string, path: string, data: Uint8Array | string): Promise<FileEntry> {
  await writeFileAtomic(join(root, path), data);
  return { path, bytes: Buffer.byteLength(data), sha256: sha256(data) };
}

async function writeHashed(
  root: string,
  path: string,
  fill: (write: (text: string) => Promise<void>) => Promise<void>,
): Promise<FileEntry> {
  const hash = createHash('sha256');
  let bytes = 0;
  await withAtomicFile(join(root, path), (handle) =>
    fill(async (text) => {
      const chunk = Buffer.from(text);
      hash.update(chunk);
      bytes += chunk.length;
      await writeAll(handle, chunk);
    }),
  );
  return { path, bytes, sha256: hash.digest('hex') };
}
