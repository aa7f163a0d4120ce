import type { Shape, Weight } from '../../src/models/index.js';

const GOLDEN = 0x9e3779b9;
const encoder = new TextEncoder();

/** FNV-1a, 32 bits, of a text's UTF-8 bytes. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of encoder.encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/** The murmur3 finaliser of `seed + index * golden ratio`. */
export function bitsAt(seed: number, index: number): number {
  let x = (seed + Math.imul(index, GOLDEN)) >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

export const volume = (shape: Shape): number => shape.reduce((product, extent) => product * extent, 1);

/** `count` numbers of zero mean and unit variance, in float64. */
export function unit(key: string, count: number): Float64Array {
  const seed = fnv1a(key);
  return Float64Array.from(
    { length: count },
    (_, i) => (2 * (bitsAt(seed, i) / 2 ** 32) - 1) * 1.7320508075688772,
  );
}

/** `count` numbers in [0, 1). */
export function u01(key: string, count: number): Float32Array {
  const seed = fnv1a(key);
  return Float32Array.from({ length: count }, (_, i) => bitsAt(seed, i) / 2 ** 32);
}

/** `count` whole numbers below `modulus`. */
export function integers(key: string, count: number, modulus: number): number[] {
  const seed = fnv1a(key);
  return Array.from({ length: count }, (_, i) => bitsAt(seed, i) % modulus);
}

function valueRule(
  name: string,
  shape: Shape,
  gain: number,
  shapes: ReadonlyMap<string, Shape>,
): (v: number) => number {
  if (name.endsWith('running_mean')) return (v) => 0.1 * v;
  if (name.endsWith('running_var')) return (v) => 1 + 0.2 * Math.abs(v);
  if (shape.length >= 2) {
    const factor = Math.sqrt(gain / volume(shape.slice(1)));
    return (v) => v * factor;
  }
  if (name === 'bias' || name.endsWith('.bias')) {
    const sibling = shapes.get(name.replace(/bias$/, 'weight'));
    return sibling?.length === 1 ? (v) => 0.1 * v : (v) => 0.01 * v;
  }
  return (v) => 1 + 0.1 * v;
}

/** The hash-made value of every parameter, in PyTorch's layout; `shapes` are PyTorch's. */
export function proceduralWeights(
  shapes: ReadonlyMap<string, Shape>,
  salt: string,
  gain: number,
): Map<string, Weight> {
  return new Map(
    [...shapes].map(([name, shape]) => {
      const value = valueRule(name, shape, gain, shapes);
      const data = Float32Array.from(unit(`${salt}:${name}`, volume(shape)), value);
      return [name, { shape, data }];
    }),
  );
}

/** The flat positions of which a big tensor's golden keeps values. */
export function samplePositions(size: number): number[] {
  return integers('sample', 256, size);
}
