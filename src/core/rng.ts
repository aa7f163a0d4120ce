import { Feistel, type Permutation, SHUFFLE_LIMIT, Shuffle } from './permutation.js';
import { philox } from './philox.js';

/** One step of a random address. Numbers must be finite; 1 and '1' are different steps. */
export type PathPart = string | number;

type Words = readonly [number, number, number, number];

const ROOT: Words = [0x63756531, 0x6d697831, 0x72616e64, 0x6f6d7631];
const NUMBER = 1;
const TEXT = 2;
const encoder = new TextEncoder();
const scratch = new Uint32Array(4);
const float = new DataView(new ArrayBuffer(8));

/**
 * Random numbers at an address `(seed, path…)`. Whoever names the same address draws the same numbers, whatever
 * was drawn elsewhere, in whatever order, in whatever thread; `at` does not depend on what was already drawn here.
 * The only thing an instance counts is its own draws: the second `uniform()` differs from the first.
 *
 * The path is hashed to 128 bits (Philox as the block cipher of a Davies-Meyer chain): two words are the key and two
 * the upper half of the counter of Philox 4x32-10; the lower half counts the draws.
 *
 * @example Rng.of(7).at('epoch', 3, 'sample', 12, 'flip').uniform()
 */
export class Rng {
  private readonly address: Words;
  private readonly block = new Uint32Array(4);
  private blocks = 0;
  private used = 4;

  private constructor(address: Words) {
    this.address = address;
  }

  /** The root of all addresses under `seed`. */
  static of(seed: PathPart): Rng {
    return new Rng(absorb(ROOT, seed));
  }

  /** The generator at `path` below this one, fresh: `at('a', 1)` is `at('a').at(1)`. */
  at(...path: readonly PathPart[]): Rng {
    return new Rng(path.reduce(absorb, this.address));
  }

  /** 32 random bits as an unsigned integer. */
  bits(): number {
    if (this.used === 4) {
      const [k0, k1, c2, c3] = this.address;
      philox(this.block, this.blocks, Math.floor(this.blocks / 0x100000000), c2, c3, k0, k1);
      this.blocks++;
      this.used = 0;
    }
    return this.block[this.used++]!;
  }

  /** Uniform in [low, high), 53 bits; [0, 1) unless told. */
  uniform(low = 0, high = 1): number {
    const value = low + (high - low) * (this.bits53() / 0x20000000000000);
    return value < high ? value : low; // rounding may reach `high`
  }

  /** Uniform integer in 0..n-1 without bias; n from 1 to 2^53. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 0x20000000000000) {
      throw new RangeError(`Expected a whole number of choices from 1 to 2^53 but received ${n}.`);
    }
    const limit = 0x20000000000000 - (0x20000000000000 % n);
    for (;;) {
      const value = this.bits53();
      if (value < limit) return value % n;
    }
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of `items`, all equally likely; throws RangeError for an empty list. */
  pick<T>(items: readonly T[]): T {
    return items[this.integer(items.length)]!;
  }

  /** Normal with the given mean and standard deviation (Box-Muller). */
  normal(mean = 0, deviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + deviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** Beta(a, b) in [0, 1]; a and b above 0. Computed from logarithms, so that small a and b do not underflow. */
  beta(a: number, b: number): number {
    return 1 / (1 + Math.exp(this.logGamma(b) - this.logGamma(a)));
  }

  /**
   * A random order of 0..n-1. Up to {@link SHUFFLE_LIMIT} a Fisher-Yates table; above, an addressable bijection
   * with O(1) access and no memory.
   */
  permutation(n: number): Permutation {
    if (!Number.isSafeInteger(n) || n < 0)
      throw new RangeError(`Expected a length of 0 or more but received ${n}.`);
    if (n <= SHUFFLE_LIMIT) return new Shuffle(n, (count) => this.integer(count));
    return new Feistel(n, [this.bits(), this.bits(), this.bits(), this.bits()]);
  }

  private bits53(): number {
    const high = this.bits() >>> 5;
    return high * 0x4000000 + (this.bits() >>> 6);
  }

  /** Logarithm of a Gamma(shape, 1) draw (Marsaglia & Tsang 2000; their boost for shape < 1). */
  private logGamma(shape: number): number {
    if (!(shape > 0) || shape === Infinity)
      throw new RangeError(`Expected a shape above 0 but received ${shape}.`);
    if (shape < 1) return this.logGamma(shape + 1) + Math.log(1 - this.uniform()) / shape;
    const d = shape - 1 / 3;
    const c = 1 / Math.sqrt(9 * d);
    for (;;) {
      const x = this.normal();
      const v = (1 + c * x) ** 3;
      if (v > 0 && Math.log(1 - this.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v))
        return Math.log(d * v);
    }
  }
}

function absorb(state: Words, part: PathPart): Words {
  if (typeof part === 'number') {
    if (!Number.isFinite(part))
      throw new RangeError(`Expected a finite number in a random address but received ${part}.`);
    float.setFloat64(0, part === 0 ? 0 : part); // -0 is 0
    return compress(compress(state, NUMBER, 8), float.getUint32(0), float.getUint32(4));
  }
  const { length, words } = encoded(part);
  let next = compress(state, TEXT, length);
  for (let at = 0; at < words.length; at += 2) next = compress(next, words[at]!, words[at + 1]!);
  return next;
}

const ENCODED = new Map<string, { readonly length: number; readonly words: readonly number[] }>();
const MOST_ENCODED = 1024;

/** Length and words of a text's UTF-8. Paths are made of few texts, so they are kept. */
function encoded(text: string): { readonly length: number; readonly words: readonly number[] } {
  const known = ENCODED.get(text);
  if (known !== undefined) return known;
  const bytes = encoder.encode(text);
  const words: number[] = [];
  for (let start = 0; start < bytes.length; start += 8)
    words.push(word(bytes, start), word(bytes, start + 4));
  const fresh = { length: bytes.length, words };
  if (ENCODED.size >= MOST_ENCODED) ENCODED.clear();
  if (text.length <= 64) ENCODED.set(text, fresh);
  return fresh;
}

function word(bytes: Uint8Array, start: number): number {
  const byte = (offset: number) => bytes[start + offset] ?? 0;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

/** Davies-Meyer: the message block is the key, the state is enciphered and added to itself. */
function compress(state: Words, low: number, high: number): Words {
  philox(scratch, state[0], state[1], state[2], state[3], low, high);
  return [
    (scratch[0]! ^ state[0]) >>> 0,
    (scratch[1]! ^ state[1]) >>> 0,
    (scratch[2]! ^ state[2]) >>> 0,
    (scratch[3]! ^ state[3]) >>> 0,
  ];
}
