import { at, type Corruption, type Picture, repaint } from './picture.js';

/** A camera that moves in one direction, at most 45 degrees from the horizontal. */
export const motionBlur: Corruption = (severity, _extents, rng) => {
  const [radius, sigma] = at(severity, [
    [10, 3],
    [15, 5],
    [15, 8],
    [15, 12],
    [20, 15],
  ]);
  const angle = rng.uniform(-45, 45);
  return (picture) => smear(picture, radius, sigma, angle);
};

/**
 * Adds up shifted copies along a line, the far ones weighing less (half a Gaussian), edges repeated.
 *
 * @param radius half the length of the line in pixels; @param angle degrees
 */
export function smear(picture: Picture, radius: number, sigma: number, angle: number): Picture {
  const { height, width, channels, data } = picture;
  const weights = Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-0.5 * (i / sigma) ** 2));
  const sum = weights.reduce((a, b) => a + b, 0);
  const [sin, cos] = [Math.sin((angle * Math.PI) / 180), Math.cos((angle * Math.PI) / 180)];
  const out = new Float32Array(data.length);
  for (const [step, weight] of weights.entries()) {
    const down = -Math.ceil(step * sin - 0.5);
    const right = -Math.ceil(step * cos - 0.5);
    const share = weight / sum;
    for (let y = 0; y < height; y++) {
      const source = Math.min(height - 1, Math.max(0, y - down)) * width;
      const target = y * width * channels;
      for (let x = 0, i = target; x < width; x++) {
        const from = (source + Math.min(width - 1, Math.max(0, x - right))) * channels;
        for (let c = 0; c < channels; c++) out[i++]! += data[from + c]! * share;
      }
    }
  }
  return repaint(picture, out);
}
