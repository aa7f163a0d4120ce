import type { Rng } from '../../core/rng.js';

/** Red, green and blue as rows of three factors each, and what is added: `out[i] = offset[i] + sum(matrix[3i + j] * in[j])`. */
export interface Recolouring {
  readonly matrix: readonly number[];
  readonly offset: readonly number[];
}

const LIGHT = [0.299, 0.587, 0.114];
/** Two directions of colour without brightness, at right angles and of length 1. */
const WARM = [Math.SQRT1_2, -Math.SQRT1_2, 0];
const YELLOW = [Math.sqrt(1 / 6), Math.sqrt(1 / 6), -Math.sqrt(2 / 3)];

/**
 * Other colours for a style, so that few pictures are many styles: brightness keeps its order or is inverted, with more
 * or less contrast; hues turn, saturation changes, and brightness itself gets a tint, so that grey pictures get colours.
 */
export function drawRecolouring(rng: Rng): Recolouring {
  const turn = rng.uniform() * 2 * Math.PI;
  const saturation = 2 * rng.uniform();
  const contrast = (rng.chance(0.3) ? -1 : 1) * (0.7 + rng.uniform());
  const tint = rng.chance(0.6) ? 0.8 : 0;
  const [warm, yellow] = [tint * (2 * rng.uniform() - 1), tint * (2 * rng.uniform() - 1)];
  const [warmer, yellower] = [0.4 * (rng.uniform() - 0.5), 0.4 * (rng.uniform() - 0.5)];
  const [cosine, sine] = [saturation * Math.cos(turn), saturation * Math.sin(turn)];
  const matrix: number[] = [];
  const offset: number[] = [];
  for (let out = 0; out < 3; out++) {
    const [w, y] = [WARM[out]!, YELLOW[out]!];
    const ofLight = contrast + w * warm + y * yellow;
    for (let from = 0; from < 3; from++) {
      const [a, b] = [WARM[from]!, YELLOW[from]!];
      matrix.push(LIGHT[from]! * ofLight + w * (cosine * a - sine * b) + y * (sine * a + cosine * b));
    }
    offset.push(0.5 * (1 - ofLight) + w * warmer + y * yellower);
  }
  return { matrix, offset };
}
