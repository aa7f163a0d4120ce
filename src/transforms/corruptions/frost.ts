import type { Rng } from '../../core/rng.js';
import { plasma } from './fog.js';
import { at, type Corruption, type Extents, repaint, soften } from './picture.js';

/** Mean brightness of a pane, its deviation, and how much bluer than red it is: five kinds of frost. */
const PANES = [
  [131, 22, 88],
  [207, 22, 14],
  [195, 26, 20],
  [152, 29, 28],
  [124, 43, 22],
] as const;

const SPACING = 44; // pixels between nuclei
const SIXTY = Math.PI / 3;

/**
 * Ice on the lens. The published corruption crops six photographs; these panes are grown by code, crystals with side
 * branches at 60 degrees on a cloudy ground, in the photographs' range of brightness and colour.
 */
export const frost: Corruption = (severity, extents, rng) => {
  const [keep, ice] = at(severity, [
    [1, 0.4],
    [0.8, 0.6],
    [0.7, 0.7],
    [0.65, 0.7],
    [0.6, 0.75],
  ]);
  const [mean, deviation, blue] = rng.at('pane').pick(PANES);
  const layer = standardised(grow(extents, rng.at('crystals')), extents, rng.at('ground'));
  return (picture) => {
    const { channels, data } = picture;
    const tint = channels === 3 ? [-blue / 2, 0.1 * blue, blue / 2] : [0];
    const mixed = data.map((value, index) => {
      const pane = mean + tint[index % tint.length]! + deviation * layer[Math.floor(index / channels)]!;
      return keep * value + ice * Math.min(255, Math.max(0, pane));
    });
    return repaint(picture, mixed);
  };
};

/** Crystals and ground together, mean 0 and deviation 1. */
function standardised(crystals: Float32Array, { height, width }: Extents, rng: Rng): Float32Array {
  const lines = soften({ height, width, channels: 1, data: crystals }, 0.7).data;
  const side = 2 ** Math.ceil(Math.log2(Math.max(height, width, 3)));
  const ground = plasma(side, 1.8, rng);
  const layer = lines.map((line, i) => line + 0.8 * ground[Math.floor(i / width) * side + (i % width)]!);
  const mean = layer.reduce((a, b) => a + b, 0) / layer.length;
  const deviation = Math.sqrt(layer.reduce((sum, value) => sum + (value - mean) ** 2, 0) / layer.length);
  return layer.map((value) => (value - mean) / (deviation || 1));
}

/** Draws six arms about each of many nuclei; branches of branches, three deep. */
function grow({ height, width }: Extents, rng: Rng): Float32Array {
  const canvas = new Float32Array(height * width);
  const arm = (x: number, y: number, angle: number, length: number, depth: number): void => {
    const spacing = 3 + rng.integer(4);
    for (let step = 0; step < length; step++) {
      const bent = angle + 0.15 * Math.sin(step / 9);
      x += Math.cos(bent);
      y += Math.sin(bent);
      const [column, row] = [Math.floor(x), Math.floor(y)];
      if (column >= 0 && column < width && row >= 0 && row < height) {
        const place = row * width + column;
        canvas[place] = Math.min(1.5, canvas[place]! + (1 - (0.6 * step) / length) / (1 + 0.5 * depth));
      }
      if (depth < 2 && step > 2 && step % spacing === 0) {
        const side = (step / spacing) % 2 === 0 ? SIXTY : -SIXTY;
        arm(x, y, angle + side, (length - step) * 0.4, depth + 1);
      }
    }
  };
  const nuclei = Math.max(2, Math.round((height * width) / SPACING ** 2));
  for (let nucleus = 0; nucleus < nuclei; nucleus++) {
    const [x, y, turn] = [rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0, SIXTY)];
    for (let k = 0; k < 6; k++) arm(x, y, turn + k * SIXTY, rng.uniform(12, 1.4 * SPACING), 0);
  }
  return canvas;
}
