import { UsageError } from './errors.js';

/** Things found by name; built once and then only read. */
export interface Registry<T> {
  readonly names: readonly string[];
  has(name: string): boolean;
  /** Throws UsageError for a name that is not there, with the names that are. */
  get(name: string): T;
  [Symbol.iterator](): Iterator<T>;
}

/**
 * A registry of `kind` (a noun for messages: 'transform', 'model') over entries with distinct names.
 * Throws UsageError for a name that occurs twice.
 */
export function registry<T extends { readonly name: string }>(
  kind: string,
  entries: Iterable<T>,
): Registry<T> {
  const byName = new Map<string, T>();
  for (const entry of entries) {
    if (byName.has(entry.name))
      throw new UsageError(`Expected one ${kind} per name but ${entry.name} is there twice.`);
    byName.set(entry.name, entry);
  }
  const names = [...byName.keys()].sort();
  return {
    names,
    has: (name) => byName.has(name),
    get(name) {
      const found = byName.get(name);
      if (found !== undefined) return found;
      throw new UsageError(`Unknown ${kind} "${name}". Known: ${names.join(', ')}.`);
    },
    [Symbol.iterator]: () => names.map((name) => byName.get(name)!)[Symbol.iterator](),
  };
}
