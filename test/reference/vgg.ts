import { DECODER, ENCODER } from '../../src/styletransfer/network/vgg.js';
import { convolve, type Loops } from './convolution.js';

/** A picture or its features in float64, channels last. */
interface Map64 {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/** Values of a parameter in TensorFlow's layout. */
export type ValuesOf = (name: string) => ArrayLike<number>;

/** A map whose value at a place is that of another place of `x`. */
function gather(
  x: Map64,
  height: number,
  width: number,
  from: (y: number, x: number) => [number, number],
): Map64 {
  const { channels } = x;
  const data = new Float64Array(height * width * channels);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [y, at] = from(row, column);
      const start = (y * x.width + at) * channels;
      data.set(x.data.subarray(start, start + channels), (row * width + column) * channels);
    }
  }
  return { height, width, channels, data };
}

/** Reflects `place - 1` at both ends of an axis. */
const reflected = (place: number, extent: number): number => {
  const at = Math.abs(place - 1);
  return at < extent ? at : 2 * extent - 2 - at;
};

function convolution(x: Map64, kernel: ArrayLike<number>, bias: ArrayLike<number>, side: number): Map64 {
  const outputs = bias.length;
  const padded =
    side === 1
      ? x
      : gather(x, x.height + 2, x.width + 2, (row, column) => [
          reflected(row, x.height),
          reflected(column, x.width),
        ]);
  const loops: Loops = {
    batch: 1,
    space: [1, padded.height, padded.width],
    outSpace: [1, x.height, x.width],
    kernel: [1, side, side],
    stride: [1, 1, 1],
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    inputs: x.channels,
    outputs,
    groups: 1,
  };
  const data = convolve(padded.data, Float64Array.from(kernel), loops);
  for (let i = 0; i < data.length; i++) data[i]! += bias[i % outputs]!;
  return { ...x, channels: outputs, data };
}

/** 2×2 maxima; an odd last row or column is a window by itself. */
function pool({ height, width, channels, data }: Map64): Map64 {
  const [rows, columns] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const out = new Float64Array(rows * columns * channels).fill(Number.NEGATIVE_INFINITY);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = ((y >> 1) * columns + (x >> 1)) * channels;
      const from = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = Math.max(out[to + c]!, data[from + c]!);
    }
  }
  return { height: rows, width: columns, channels, data: out };
}

function run(part: 'vgg' | 'decoder', valuesOf: ValuesOf, picture: Map64): Map64 {
  return (part === 'vgg' ? ENCODER : DECODER).reduce<Map64>((x, step) => {
    if (step === 'pool') return pool(x);
    if (step === 'double')
      return gather(x, 2 * x.height, 2 * x.width, (row, column) => [row >> 1, column >> 1]);
    const name = `${part}.${step.index}`;
    const y = convolution(x, valuesOf(`${name}.weight`), valuesOf(`${name}.bias`), step.side ?? 3);
    return step.linear === true ? y : { ...y, data: y.data.map((value) => Math.max(0, value)) };
  }, picture);
}

/** Mean and `sqrt(unbiased variance + 1e-5)` per channel. */
function moments({ channels, data }: Map64): { readonly mean: Float64Array; readonly std: Float64Array } {
  const count = data.length / channels;
  const mean = new Float64Array(channels);
  data.forEach((value, i) => {
    mean[i % channels]! += value / count;
  });
  const variance = new Float64Array(channels);
  data.forEach((value, i) => {
    variance[i % channels]! += (value - mean[i % channels]!) ** 2 / (count - 1);
  });
  return { mean, std: variance.map((value) => Math.sqrt(value + 1e-5)) };
}

/**
 * AdaIN style transfer (arXiv 1703.06868) of a batch in float64: every picture takes the style of the one that `order`
 * names. `side`: pictures are shrunk to it first, taking the nearest pixel above and to the left.
 * @param pictures `[N, height, width, 3]`
 */
export function stylizeBatch(
  pictures: { readonly shape: readonly number[]; readonly data: ArrayLike<number> },
  valuesOf: ValuesOf,
  {
    order,
    alpha,
    side,
  }: { readonly order: readonly number[]; readonly alpha: number; readonly side?: number },
): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const [count, height, width] = pictures.shape as [number, number, number];
  const all = Float64Array.from(pictures.data);
  const size = all.length / count;
  const features = Array.from({ length: count }, (_, row) => {
    const whole: Map64 = { height, width, channels: 3, data: all.subarray(row * size, (row + 1) * size) };
    const picture =
      side === undefined
        ? whole
        : gather(whole, side, side, (y, x) => [
            Math.floor((y * height) / side),
            Math.floor((x * width) / side),
          ]);
    return run('vgg', valuesOf, picture);
  });
  const statistics = features.map(moments);
  const painted = features.map((map, row) => {
    const [own, style] = [statistics[row]!, statistics[order[row]!]!];
    const data = map.data.map((value, i) => {
      const c = i % map.channels;
      const swapped = ((value - own.mean[c]!) / own.std[c]!) * style.std[c]! + style.mean[c]!;
      return alpha * swapped + (1 - alpha) * value;
    });
    return run('decoder', valuesOf, { ...map, data });
  });
  const data = new Float64Array(painted.reduce((sum, map) => sum + map.data.length, 0));
  painted.forEach((map, row) => {
    data.set(map.data, row * map.data.length);
  });
  return { shape: [count, painted[0]!.height, painted[0]!.width, 3], data };
}
