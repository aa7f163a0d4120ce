/** Bands of a picture that are remembered; later ones are proven each time. */
const MOST = 32;

/**
 * Which bands of a set's pictures were found whole, by whichever thread. `memory` holds a bit for each of the first 32
 * bands of each picture.
 */
export class Proven {
  private readonly pictures: Uint32Array;

  constructor(memory: SharedArrayBuffer) {
    this.pictures = new Uint32Array(memory);
  }

  /** Memory for so many pictures; `whole`: all of them were found whole already. */
  static memory(pictures: number, whole: boolean): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(pictures * Uint32Array.BYTES_PER_ELEMENT);
    if (whole) new Uint32Array(memory).fill(0xffff_ffff);
    return memory;
  }

  /** The bands from `from` up to `to` of a picture that nobody has proven yet. */
  missing(picture: number, from: number, to: number): number[] {
    const bits = this.pictures[picture] ?? 0;
    const bands: number[] = [];
    for (let band = from; band < to; band++) if (band >= MOST || (bits & (1 << band)) === 0) bands.push(band);
    return bands;
  }

  /** These bands were found whole. */
  add(picture: number, bands: readonly number[]): void {
    let bits = 0;
    for (const band of bands) if (band < MOST) bits |= 1 << band;
    if (picture < this.pictures.length) Atomics.or(this.pictures, picture, bits);
  }
}
