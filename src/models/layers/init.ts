import type { Rng } from '../../core/rng.js';

/** How a parameter starts. Numbers are drawn from (seed, parameter name), so a model does not depend on build order. */
export type Init =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly std: number }
  | { readonly kind: 'uniform'; readonly bound: number };

export const zeros: Init = { kind: 'constant', value: 0 };
export const ones: Init = { kind: 'constant', value: 1 };

/** He-normal on the fan-out: variance 2 / (outputs * kernel positions / groups) (arXiv 1502.01852, eq. 14). */
export function heFanOut(outputs: number, positions: number, groups = 1): Init {
  return { kind: 'normal', std: Math.sqrt((2 * groups) / (outputs * positions)) };
}

/** Uniform within ± 1 / sqrt(fan). */
export function uniformFan(fan: number): Init {
  return { kind: 'uniform', bound: 1 / Math.sqrt(fan) };
}

/** Fills an array as `init` says. `rng` is fresh at the parameter's own address. */
export function draw(init: Init, size: number, rng: Rng): Float32Array {
  const values = new Float32Array(size);
  if (init.kind === 'constant') return values.fill(init.value);
  const unit = () => (rng.bits() + 0.5) / 0x100000000;
  if (init.kind === 'uniform') {
    for (let i = 0; i < size; i++) values[i] = (2 * unit() - 1) * init.bound;
    return values;
  }
  for (let i = 0; i < size; i += 2) {
    // Box-Muller gives two independent normals; a store past the end is ignored.
    const radius = init.std * Math.sqrt(-2 * Math.log(unit()));
    const angle = 2 * Math.PI * unit();
    values[i] = radius * Math.cos(angle);
    values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}
