import { at, type Corruption, type Picture, repaint } from './picture.js';

/** A camera that moves forward: the mean of the picture at growing sizes. */
export const zoomBlur: Corruption = (severity) => {
  const [stop, step] = at(severity, [
    [1.11, 0.01],
    [1.16, 0.01],
    [1.21, 0.02],
    [1.26, 0.02],
    [1.31, 0.03],
  ]);
  const factors = Array.from({ length: Math.ceil((stop - 1) / step) }, (_, i) => 1 + i * step);
  return (picture) => {
    const sums = picture.data.slice();
    for (const factor of factors) {
      const { data } = zoomed(picture, factor, picture);
      for (let i = 0; i < sums.length; i++) sums[i]! += data[i]!;
    }
    return repaint(
      picture,
      sums.map((value) => value / (factors.length + 1)),
    );
  };
};

/**
 * The middle of a picture, enlarged by `factor` with linear interpolation whose first and last samples are those of
 * the part; of the result the upper left `height` by `width` pixels, or as many as there are, zeros beyond.
 */
export function zoomed(
  { height, width, channels, data }: Picture,
  factor: number,
  target: { readonly height: number; readonly width: number },
): Picture {
  const rows = taps(height, factor, target.height);
  const columns = taps(width, factor, target.width);
  const out = new Float32Array(target.height * target.width * channels);
  const line = new Float32Array(width * channels);
  for (let y = 0; y < rows.length; y++) {
    const { low, high, share } = rows[y]!;
    const [top, bottom] = [low * line.length, high * line.length];
    for (let i = 0; i < line.length; i++) {
      line[i] = data[top + i]! + (data[bottom + i]! - data[top + i]!) * share;
    }
    for (let x = 0, i = y * target.width * channels; x < columns.length; x++) {
      const { low, high, share } = columns[x]!;
      for (let c = 0; c < channels; c++) {
        const left = line[low * channels + c]!;
        out[i++] = left + (line[high * channels + c]! - left) * share;
      }
    }
  }
  return { ...target, channels, data: out };
}

/** Which two elements of an axis make each element of its enlarged middle. */
function taps(extent: number, factor: number, most: number): { low: number; high: number; share: number }[] {
  const part = Math.ceil(extent / factor);
  const start = Math.floor((extent - part) / 2);
  const size = Math.round(part * factor);
  const step = size > 1 ? (part - 1) / (size - 1) : 0;
  return Array.from({ length: Math.min(size, most) }, (_, i) => {
    const low = Math.min(Math.floor(i * step), part - 1);
    return { low: start + low, high: start + Math.min(low + 1, part - 1), share: i * step - low };
  });
}
