import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '../../core/hash.js';
import { type TarMember, writeTar } from '../../io/tar/tar.js';
import type { FileEntry, ManifestEntry } from './manifest.js';

/** Name of the shard inside the folder that its group is built in. */
export const BUILT_SHARD = 'shard.tar';

/**
 * Packs the pictures `<index>` of `folder` into `shard.tar` there, in WebDataset layout: for each output the picture
 * (named as its manifest entry's `member`), its shape class as `.cls`, and its manifest entry as `.json`.
 * `path` is where the shard will lie in the dataset.
 */
export async function packShard(
  folder: string,
  entries: readonly ManifestEntry[],
  path: string,
): Promise<FileEntry> {
  const { bytes, sha256 } = await writeTar(join(folder, BUILT_SHARD), membersOf(folder, entries));
  return { path, bytes, sha256, entries: entries.length };
}

/** The members of one output beside its picture: name ending and text. */
export function companionsOf(entry: ManifestEntry): readonly (readonly [string, string])[] {
  const { member = '' } = entry;
  const key = member.slice(0, member.lastIndexOf('.'));
  return [
    [`${key}.cls`, String(entry.shape.id)],
    [`${key}.json`, canonicalJson(entry)],
  ];
}

async function* membersOf(folder: string, entries: readonly ManifestEntry[]): AsyncGenerator<TarMember> {
  for (const entry of entries) {
    const picture = await readFile(join(folder, String(entry.index)));
    const members: TarMember[] = companionsOf(entry).map(([name, data]) => ({ name, data }));
    members.push({ name: entry.member ?? '', data: picture });
    yield* members.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
