/** A count with its noun: `1 group`, `3 groups`; `nouns` where the plural is not the noun with an s. */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}
