import { normals } from '../fields.js';
import { smear } from './motion.js';
import { at, type Corruption, greyOf, mapValues } from './picture.js';
import { zoomed } from './zoom.js';

/** Streaks of falling flakes, from both sides, over a paler picture. */
export const snow: Corruption = (severity, { height, width }, rng) => {
  const [mean, deviation, zoom, threshold, radius, sigma, keep] = at(severity, [
    [0.1, 0.3, 3, 0.5, 10, 4, 0.8],
    [0.2, 0.3, 2, 0.5, 12, 4, 0.7],
    [0.55, 0.3, 4, 0.9, 12, 8, 0.7],
    [0.55, 0.3, 4.5, 0.85, 12, 8, 0.65],
    [0.55, 0.3, 2.5, 0.85, 12, 12, 0.55],
  ]);
  const data = normals(rng.at('flakes'), height * width, mean, deviation);
  const part = (extent: number) => Math.round(Math.ceil(extent / zoom) * zoom);
  const large = zoomed({ height, width, channels: 1, data }, zoom, {
    height: part(height),
    width: part(width),
  });
  const flakes = { ...large, data: large.data.map((v) => (v < threshold ? 0 : Math.min(1, v))) };
  const streaks = smear(flakes, radius, sigma, rng.at('wind').uniform(-135, -45));
  const layer = Float32Array.from({ length: height * width }, (_, pixel) => {
    return Math.round(streaks.data[Math.floor(pixel / width) * streaks.width + (pixel % width)]! * 255);
  });
  const last = layer.length - 1;
  return (picture) => {
    const grey = greyOf(picture);
    return mapValues(picture, (value, pixel) => {
      const pale = Math.max(value, grey[pixel]! * 1.5 + 127.5);
      return keep * value + (1 - keep) * pale + layer[pixel]! + layer[last - pixel]!;
    });
  };
};
