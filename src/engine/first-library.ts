/**
 * An optional native library, looked for once: what `bind` makes of the first of `candidates` that is there and is what
 * it should be (of this platform, of the right version), or undefined.
 */
export function firstLibrary<T>(
  candidates: () => readonly string[],
  bind: (path: string) => T,
): () => T | undefined {
  let loaded: T | undefined | null = null;
  return () => {
    if (loaded === null) {
      loaded = undefined;
      for (const path of candidates()) {
        try {
          loaded = bind(path);
          break;
        } catch {
          // not there, or not it: the next one, or other code, does the work instead
        }
      }
    }
    return loaded;
  };
}
