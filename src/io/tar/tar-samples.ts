import { DatasetError } from '../../core/errors.js';
import type { TarEntry } from './tar-index.js';

/** The members of one training sample, by extension. */
export interface TarSample {
  /** Path up to the first dot of the base name, as webdataset has it. */
  readonly key: string;
  /** Extension (the rest of the name in lower case, `jpg` or `seg.png`) to member. */
  readonly parts: ReadonlyMap<string, TarEntry>;
}

/** Splits `a/b.c/x.1.JPG` into the key `a/b.c/x` and the extension `1.jpg`; undefined when there is none. */
export function splitMemberName(name: string): { key: string; extension: string } | undefined {
  const slash = name.lastIndexOf('/');
  const dot = name.indexOf('.', slash + 1);
  if (dot <= slash + 1 || dot === name.length - 1) return undefined;
  return { key: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() };
}

/**
 * Groups members into samples, in the archive's order. Members without an extension are passed over.
 * @param required extensions that every sample must have
 * @throws DatasetError E_MISSING, E_DUPLICATE naming archive, sample and extension
 */
export function groupSamples(
  entries: Iterable<TarEntry>,
  archive: string,
  required: readonly string[] = [],
): TarSample[] {
  const samples = new Map<string, Map<string, TarEntry>>();
  for (const entry of entries) {
    const split = splitMemberName(entry.name);
    if (split === undefined) continue;
    const parts = samples.get(split.key) ?? new Map<string, TarEntry>();
    if (parts.has(split.extension)) {
      const twice = `its sample "${split.key}" has two .${split.extension} members`;
      throw new DatasetError('E_DUPLICATE', `Cannot use ${archive}: ${twice}, told apart by case alone.`);
    }
    samples.set(split.key, parts.set(split.extension, entry));
  }
  return [...samples].map(([key, parts]) => {
    for (const extension of required) {
      if (!parts.has(extension)) {
        throw new DatasetError(
          'E_MISSING',
          `Cannot use ${archive}: its sample "${key}" has no .${extension} member.`,
        );
      }
    }
    return { key, parts };
  });
}
