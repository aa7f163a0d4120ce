import { fold } from '../convolve.js';
import { uniforms } from '../fields.js';
import { at, type Corruption, type Picture, repaint, soften } from './picture.js';

/** Stretches and shrinks small regions. */
export const elasticTransform: Corruption = (severity, { height, width }, rng) => {
  const alpha = 250 * at(severity, [0.05, 0.065, 0.085, 0.1, 0.12]);
  const most = height * 0.005;
  const sigma = { y: height * 0.01, x: width * 0.01 };
  const field = (name: string) => {
    const data = uniforms(rng.at(name), height * width, -most, most);
    const smooth = soften({ height, width, channels: 1, data }, sigma, 'symmetric', 3);
    return smooth.data.map((value) => value * alpha);
  };
  const [dx, dy] = [field('x'), field('y')];
  return (picture) => displace(picture, dx, dy);
};

/** Linear interpolation at each pixel's displaced place; beyond the edge lies the picture's mirror image. */
function displace(picture: Picture, dx: Float32Array, dy: Float32Array): Picture {
  const { height, width, channels, data } = picture;
  const out = new Float32Array(data.length);
  for (let y = 0, pixel = 0; y < height; y++) {
    for (let x = 0; x < width; x++, pixel++) {
      const [u, v] = [x + dx[pixel]!, y + dy[pixel]!];
      const [left, top] = [Math.floor(u), Math.floor(v)];
      const [s, t] = [u - left, v - top];
      const [x0, x1] = [fold(left, width, 'symmetric'), fold(left + 1, width, 'symmetric')];
      const upper = fold(top, height, 'symmetric') * width;
      const lower = fold(top + 1, height, 'symmetric') * width;
      for (let c = 0; c < channels; c++) {
        const value = (row: number, column: number) => data[(row + column) * channels + c]!;
        const high = value(upper, x0) * (1 - s) + value(upper, x1) * s;
        const low = value(lower, x0) * (1 - s) + value(lower, x1) * s;
        out[pixel * channels + c] = high * (1 - t) + low * t;
      }
    }
  }
  return repaint(picture, out);
}
