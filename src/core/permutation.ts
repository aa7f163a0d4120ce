import { philox } from './philox.js';

/** A bijection of 0..length-1 of which any element can be asked for. */
export interface Permutation {
  readonly length: number;
  /** Element `index`; throws RangeError outside 0..length-1. */
  at(index: number): number;
  /** The index at which `value` stands: the inverse of `at`. */
  indexOf(value: number): number;
  /** All elements in order. */
  toArray(): number[];
  [Symbol.iterator](): Iterator<number>;
}

/** Up to this length every one of the n! orders is equally likely; beyond it elements are computed one by one. */
export const SHUFFLE_LIMIT = 4096;

const FEISTEL_ROUNDS = 8;

abstract class Base implements Permutation {
  readonly length: number;

  constructor(length: number) {
    this.length = length;
  }

  protected abstract forward(index: number): number;
  protected abstract backward(value: number): number;

  at(index: number): number {
    return this.forward(this.checked(index));
  }

  indexOf(value: number): number {
    return this.backward(this.checked(value));
  }

  toArray(): number[] {
    return Array.from({ length: this.length }, (_, index) => this.forward(index));
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let index = 0; index < this.length; index++) yield this.forward(index);
  }

  private checked(index: number): number {
    if (Number.isInteger(index) && index >= 0 && index < this.length) return index;
    throw new RangeError(`Expected an integer from 0 to ${this.length - 1} but received ${index}.`);
  }
}

/** Fisher-Yates over a table. `draw(n)` gives a uniform integer below n. */
export class Shuffle extends Base {
  private readonly table: Uint32Array;
  private inverse: Uint32Array | undefined;

  constructor(length: number, draw: (n: number) => number) {
    super(length);
    this.table = Uint32Array.from({ length }, (_, index) => index);
    for (let last = length - 1; last > 0; last--) {
      const other = draw(last + 1);
      const kept = this.table[last]!;
      this.table[last] = this.table[other]!;
      this.table[other] = kept;
    }
  }

  protected forward(index: number): number {
    return this.table[index]!;
  }

  protected backward(value: number): number {
    if (this.inverse === undefined) {
      this.inverse = new Uint32Array(this.length);
      for (let index = 0; index < this.length; index++) this.inverse[this.table[index]!] = index;
    }
    return this.inverse[value]!;
  }
}

/**
 * A pseudo-random bijection with O(1) access and no memory: an alternating Feistel network over a grid of
 * about sqrt(n) by sqrt(n) cells whose round function is Philox, walking on while a result lies beyond n
 * (Black & Rogaway, "Ciphers with arbitrary finite domains", 2002; fewer than one element in sqrt(n) walks).
 */
export class Feistel extends Base {
  private readonly rows: number;
  private readonly columns: number;
  private readonly address: readonly [number, number, number, number];
  private readonly words = new Uint32Array(4);

  /** @param address four 32-bit words that choose the permutation */
  constructor(length: number, address: readonly [number, number, number, number]) {
    super(length);
    this.rows = Math.ceil(Math.sqrt(length));
    this.columns = Math.ceil(length / this.rows);
    this.address = address;
  }

  protected forward(index: number): number {
    let value = index;
    do {
      let row = Math.floor(value / this.columns);
      let column = value % this.columns;
      for (let round = 0; round < FEISTEL_ROUNDS; round++) {
        if (round % 2 === 0) row = (row + this.shift(round, column, this.rows)) % this.rows;
        else column = (column + this.shift(round, row, this.columns)) % this.columns;
      }
      value = row * this.columns + column;
    } while (value >= this.length);
    return value;
  }

  protected backward(value: number): number {
    let index = value;
    do {
      let row = Math.floor(index / this.columns);
      let column = index % this.columns;
      for (let round = FEISTEL_ROUNDS - 1; round >= 0; round--) {
        if (round % 2 === 0) row = (row + this.rows - this.shift(round, column, this.rows)) % this.rows;
        else column = (column + this.columns - this.shift(round, row, this.columns)) % this.columns;
      }
      index = row * this.columns + column;
    } while (index >= this.length);
    return index;
  }

  /** Round function: a number below `size` from 53 random bits (bias below 2^-26 even for the largest lengths). */
  private shift(round: number, half: number, size: number): number {
    const [k0, k1, c2, c3] = this.address;
    philox(this.words, half, round, c2, c3, k0, k1);
    return ((this.words[0]! >>> 5) * 0x4000000 + (this.words[1]! >>> 6)) % size;
  }
}
