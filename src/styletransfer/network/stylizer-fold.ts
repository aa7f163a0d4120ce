/**
 * What one axis of a convolution does, as a matrix: rows are (tap, phase) of the new kernel, columns those of the
 * old one. A phase is the place of an output within its sub-pixels.
 */
interface AxisMap {
  readonly taps: number;
  readonly phases: number;
  readonly from: { readonly taps: number; readonly phases: number };
  /** `[taps, phases, from.taps, from.phases]`, flat. */
  readonly matrix: readonly number[];
}

function axisMap(
  taps: number,
  phases: number,
  from: AxisMap['from'],
  entry: (tap: number, phase: number, fromTap: number, fromPhase: number) => number,
): AxisMap {
  const matrix: number[] = [];
  for (let tap = 0; tap < taps; tap++) {
    for (let phase = 0; phase < phases; phase++) {
      for (let fromTap = 0; fromTap < from.taps; fromTap++) {
        for (let fromPhase = 0; fromPhase < from.phases; fromPhase++) {
          matrix.push(entry(tap, phase, fromTap, fromPhase));
        }
      }
    }
  }
  return { taps, phases, from, matrix };
}

/** Taps of a convolution of three followed by the mean of each position and the next. */
const averaged = (tap: number, fromTap: number): number => (tap === fromTap || tap === fromTap + 1 ? 0.5 : 0);

/** 3 taps and the mean: 4 taps. */
const MEAN = axisMap(4, 1, { taps: 3, phases: 1 }, (tap, _, from) => averaged(tap, from));

/** Nearest doubling, 3 taps and the mean: 3 taps with two phases, at the side before doubling. */
const DOUBLED = axisMap(3, 2, { taps: 3, phases: 1 }, (tap, phase, from) => {
  // The taps of the mean, 4 of them, that fall on one position before doubling.
  const first = 2 * tap - 1 - phase;
  return averaged(first, from) + averaged(first + 1, from);
});

/** 3 taps to two sub-pixels and their mean with the next, which may be the next position's. */
const SUBPIXELS = axisMap(4, 2, { taps: 3, phases: 2 }, (tap, phase, from, fromPhase) => {
  const here = tap === from && (phase === 0 || fromPhase === 1);
  const next = phase === 1 && fromPhase === 0 && tap === from + 1;
  return here || next ? 0.5 : 0;
});

/** The map along both axes: kernels `[side, side, in, phases, phases, out]`, the last three flat in the shape. */
function fold(values: Float32Array, shape: readonly number[], map: AxisMap): Folded {
  const { taps, phases, from, matrix } = map;
  const inputs = shape[2]!;
  const outputs = shape[3]! / from.phases ** 2;
  const folded = new Float32Array(taps ** 2 * inputs * phases ** 2 * outputs);
  const old = from.taps * from.phases;
  for (let y = 0; y < taps * phases; y++) {
    for (let x = 0; x < taps * phases; x++) {
      const target = {
        tap: Math.floor(y / phases) * taps + Math.floor(x / phases),
        phase: (y % phases) * phases + (x % phases),
      };
      for (let fromY = 0; fromY < old; fromY++) {
        for (let fromX = 0; fromX < old; fromX++) {
          const weight = matrix[y * old + fromY]! * matrix[x * old + fromX]!;
          if (weight === 0) continue;
          const source = {
            tap: Math.floor(fromY / from.phases) * from.taps + Math.floor(fromX / from.phases),
            phase: (fromY % from.phases) * from.phases + (fromX % from.phases),
          };
          for (let input = 0; input < inputs; input++) {
            const to = ((target.tap * inputs + input) * phases ** 2 + target.phase) * outputs;
            const at = ((source.tap * inputs + input) * from.phases ** 2 + source.phase) * outputs;
            for (let output = 0; output < outputs; output++)
              folded[to + output]! += weight * values[at + output]!;
          }
        }
      }
    }
  }
  return { values: folded, shape: [taps, taps, inputs, phases ** 2 * outputs] };
}

/** A parameter after folding. */
export interface Folded {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

/** The same bias for each of four sub-pixels: as it is, or the mean of their own. */
function foldBias(values: Float32Array, map: AxisMap): Folded {
  const channels = values.length / map.from.phases ** 2;
  const bias = Float32Array.from({ length: channels * map.phases ** 2 }, (_, at) => {
    let sum = 0;
    for (let cell = at % channels; cell < values.length; cell += channels) sum += values[cell]!;
    return (sum * channels) / values.length;
  });
  return { values: bias, shape: [bias.length] };
}

function mapOf(name: string): AxisMap | undefined {
  if (/^fine\.\d+\.1\./.test(name)) return MEAN;
  if (/^up\.[02]\./.test(name)) return DOUBLED;
  return name.startsWith('out.') ? SUBPIXELS : undefined;
}

/**
 * Parameters as they are trained and stored to those of the same network with fewer passes over its features: means
 * and doublings around a convolution become part of its kernel, doublings as sub-pixels.
 */
export function foldParameter(name: string, values: Float32Array, shape: readonly number[]): Folded {
  const map = mapOf(name);
  if (!map) return { values, shape };
  return name.endsWith('.bias') ? foldBias(values, map) : fold(values, shape, map);
}
