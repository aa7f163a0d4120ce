/** Things by key, made when first asked for; the one not asked for longest is disposed when there are too many. */
export interface RecentlyUsed<T> {
  get(key: string): T;
  clear(): void;
}

/** A store of at most `limit` things. */
export function recentlyUsed<T extends { dispose(): void }>(limit: number, make: () => T): RecentlyUsed<T> {
  const known = new Map<string, T>();
  return {
    get: (key) => {
      const value = known.get(key) ?? make();
      known.delete(key); // a Map lists keys in order of insertion: this one becomes the youngest
      known.set(key, value);
      for (const [oldest, old] of known) {
        if (known.size <= limit) break;
        known.delete(oldest);
        old.dispose();
      }
      return value;
    },
    clear: () => {
      for (const value of known.values()) value.dispose();
      known.clear();
    },
  };
}
