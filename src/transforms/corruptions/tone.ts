import { hsvToRgb, rgbToHsv } from '../colour/hue.js';
import { clamp01 } from '../pixels.js';
import { at, type Corruption, type Picture, repaint } from './picture.js';

/** Daylight that changes: the value of HSV grows. */
export const brightness: Corruption = (severity) => {
  const more = at(severity, [0.1, 0.2, 0.3, 0.4, 0.5]);
  return (picture) => recolour(picture, (_h, s, v) => [s, clamp01(v + more)]);
};

/** More or less colour: the saturation of HSV. Grey pictures stay as they are. */
export const saturate: Corruption = (severity) => {
  const [factor, more] = at(severity, [
    [0.3, 0],
    [0.1, 0],
    [2, 0],
    [5, 0.1],
    [20, 0.2],
  ]);
  return (picture) => recolour(picture, (_h, s, v) => [clamp01(s * factor + more), v]);
};

/** Less contrast about the mean of each channel. */
export const contrast: Corruption = (severity) => {
  const factor = at(severity, [0.4, 0.3, 0.2, 0.1, 0.05]);
  return (picture) => {
    const { channels, data } = picture;
    const means = new Float64Array(channels);
    for (let i = 0; i < data.length; i++) means[i % channels]! += data[i]!;
    const pixels = data.length / channels;
    return repaint(
      picture,
      data.map((value, index) => {
        const mean = means[index % channels]! / pixels;
        return (value - mean) * factor + mean;
      }),
    );
  };
};

/** Changes saturation and value of each pixel; a grey pixel has saturation 0 and keeps it. */
function recolour(
  picture: Picture,
  change: (h: number, s: number, v: number) => readonly [s: number, v: number],
): Picture {
  const { channels, data } = picture;
  if (channels !== 3) {
    return repaint(
      picture,
      data.map((value) => change(0, 0, value / 255)[1] * 255),
    );
  }
  const out = new Float32Array(data.length);
  const pixel: [number, number, number] = [0, 0, 0];
  for (let i = 0; i < data.length; i += 3) {
    rgbToHsv(data[i]! / 255, data[i + 1]! / 255, data[i + 2]! / 255, pixel);
    const [s, v] = change(...pixel);
    hsvToRgb(pixel[0], s, v, pixel);
    for (let c = 0; c < 3; c++) out[i + c] = pixel[c]! * 255;
  }
  return repaint(picture, out);
}
