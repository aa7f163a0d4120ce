import { philox } from '../core/philox.js';
import { Rng } from '../core/rng.js';

/** 64 random bits as two unsigned words: what params record instead of a whole field of random numbers. */
export type Seed = readonly [number, number];

/** Draws a seed. */
export function drawSeed(rng: Rng): Seed {
  return [rng.bits(), rng.bits()];
}

/** The generator that a recorded seed stands for. */
export function fromSeed([high, low]: Seed): Rng {
  return Rng.of(high).at(low);
}

/**
 * `count` random unsigned 32-bit words at the address of `rng`: Philox in counter mode, several times as fast as one
 * draw after another. Element i depends on the address and i only.
 */
export function words(rng: Rng, count: number): Uint32Array {
  const out = new Uint32Array(Math.ceil(count / 4) * 4);
  const block = new Uint32Array(4);
  const [k0, k1, c2, c3] = [rng.bits(), rng.bits(), rng.bits(), rng.bits()];
  for (let at = 0, counter = 0; at < out.length; at += 4, counter++) {
    philox(block, counter, 0, c2, c3, k0, k1);
    out[at] = block[0]!;
    out[at + 1] = block[1]!;
    out[at + 2] = block[2]!;
    out[at + 3] = block[3]!;
  }
  return out.subarray(0, count);
}

/** `count` uniform numbers in [low, high), with 32 random bits each. */
export function uniforms(rng: Rng, count: number, low = 0, high = 1): Float32Array {
  const scale = (high - low) / 0x100000000;
  const bits = words(rng, count);
  const out = new Float32Array(count); // a loop: Float32Array.from is ten times as slow
  for (let i = 0; i < count; i++) out[i] = low + bits[i]! * scale;
  return out;
}

/** `count` normal numbers (Box-Muller, both values of each pair; none beyond 6.7 deviations). */
export function normals(rng: Rng, count: number, mean = 0, deviation = 1): Float32Array {
  const even = count + (count % 2);
  const bits = words(rng, even);
  const out = new Float32Array(even);
  const unit = 1 / 0x100000000;
  for (let at = 0; at < even; at += 2) {
    const radius = deviation * Math.sqrt(-2 * Math.log((bits[at]! + 0.5) * unit));
    const angle = 2 * Math.PI * unit * bits[at + 1]!;
    out[at] = mean + radius * Math.cos(angle);
    out[at + 1] = mean + radius * Math.sin(angle);
  }
  return out.subarray(0, count);
}
