/**
 * Remembers what `make` gave for a key, least recently used forgotten first, and shares what is being made. Failures are
 * remembered too: an unreadable style is read once.
 */
export class Cache<K, V> {
  private readonly values = new Map<K, Promise<V>>();
  private readonly limit: number;
  private readonly make: (key: K) => Promise<V>;

  /** Keeps up to `limit` values. */
  constructor(limit: number, make: (key: K) => Promise<V>) {
    this.limit = limit;
    this.make = make;
  }

  /** The value for `key`, made now if it is not at hand. */
  get(key: K): Promise<V> {
    const known = this.values.get(key);
    const value = known ?? this.make(key);
    if (known === undefined) value.catch(() => undefined);
    this.values.delete(key); // to the young end of the map
    this.values.set(key, value);
    if (this.values.size > this.limit) {
      const [oldest] = this.values.keys();
      if (oldest !== undefined) this.values.delete(oldest);
    }
    return value;
  }
}
