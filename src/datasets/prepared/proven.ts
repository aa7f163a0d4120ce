import { dirname } from 'node:path';

/** A picture of a prepared set: its file, and its place in the set. */
export interface Member {
  readonly file: string;
  readonly ordinal: number;
}

/** Which bands of which pictures were found whole: a bit for each of the first 32 bands; later ones never are. */
export class Proven {
  private readonly sets = new Map<string, Uint32Array>();

  has({ file, ordinal }: Member, from: number, to: number): boolean {
    const bits = maskOf(from, to);
    return to <= 32 && ((this.sets.get(dirname(file))?.[ordinal] ?? 0) & bits) >>> 0 === bits;
  }

  add({ file, ordinal }: Member, from: number, to: number): void {
    const set = dirname(file);
    let pictures = this.sets.get(set);
    if (pictures === undefined || ordinal >= pictures.length) {
      const more = new Uint32Array(2 * (ordinal + 1));
      if (pictures !== undefined) more.set(pictures);
      pictures = more;
      this.sets.set(set, pictures);
    }
    if (to <= 32) pictures[ordinal]! |= maskOf(from, to);
  }
}

/** Bits `from` to `to`, at most 32, without the last. */
function maskOf(from: number, to: number): number {
  return 2 ** to - 2 ** from;
}
