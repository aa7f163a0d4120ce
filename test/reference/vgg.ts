import { DECODER, ENCODER } from '../../src/styletransfer/network/vgg.js';
import { convolve, convolveBackward, type Loops } from './convolution.js';
import { combine, maxPool } from './functions.js';
import { leaf, Tape, type Value } from './tape.js';

/** A parameter in TensorFlow's layout. */
export type ValuesOf = (name: string) => Value;

/** A map `[1, height, width, channels]` whose value at a place is that of another place of `x`. */
function moved(
  tape: Tape,
  x: Value,
  height: number,
  width: number,
  from: (row: number, column: number) => readonly [number, number],
): Value {
  const [, , across, channels] = x.shape as [number, number, number, number];
  const places = Int32Array.from({ length: height * width }, (_, at) => {
    const [row, column] = from(Math.floor(at / width), at % width);
    return row * across + column;
  });
  return tape.gather(
    x,
    [1, height, width, channels],
    (i) => places[Math.floor(i / channels)]! * channels + (i % channels),
  );
}

/** Reflects `place - 1` at both ends of an axis. */
const reflected = (place: number, extent: number): number => {
  const at = Math.abs(place - 1);
  return at < extent ? at : 2 * extent - 2 - at;
};

function convolution(tape: Tape, x: Value, kernel: Value, bias: Value): Value {
  const [, height, width, inputs] = x.shape as [number, number, number, number];
  const [side, , , outputs] = kernel.shape as [number, number, number, number];
  const padded =
    side === 1
      ? x
      : moved(tape, x, height + 2, width + 2, (row, column) => [
          reflected(row, height),
          reflected(column, width),
        ]);
  const loops: Loops = {
    batch: 1,
    space: [1, ...padded.shape.slice(1, 3)],
    outSpace: [1, height, width],
    kernel: [1, side, side],
    stride: [1, 1, 1],
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
    inputs,
    outputs,
    groups: 1,
  };
  const data = convolve(padded.data, kernel.data, loops);
  const y = tape.record([1, height, width, outputs], data, (grad) => {
    convolveBackward(padded, kernel, grad, loops);
  });
  const one = () => 1;
  return combine(tape, y, bias, (a, b) => a + b, one, one);
}

/** What every step of a part makes of a picture; a 2×2 window over an odd last row or column is cut short. */
function run(tape: Tape, part: 'vgg' | 'decoder', valuesOf: ValuesOf, picture: Value): Value[] {
  const made: Value[] = [];
  let x = picture;
  for (const step of part === 'vgg' ? ENCODER : DECODER) {
    const [, height, width] = x.shape as [number, number, number];
    if (step === 'pool') {
      const padding = [height, width].map((extent) => [0, extent % 2] as const);
      x = maxPool(tape, x, { kernel: [2, 2], stride: [2, 2], padding });
    } else if (step === 'double') {
      x = moved(tape, x, 2 * height, 2 * width, (row, column) => [row >> 1, column >> 1]);
    } else {
      const name = `${part}.${step.index}`;
      const y = convolution(tape, x, valuesOf(`${name}.weight`), valuesOf(`${name}.bias`));
      const slope = (value: number) => Number(value > 0);
      x = step.linear === true ? y : tape.map(y, (value) => Math.max(0, value), slope);
    }
    made.push(x);
  }
  return made;
}

interface Moments {
  readonly mean: Float64Array;
  readonly std: Float64Array;
}

/** Mean and `sqrt(unbiased variance + 1e-5)` per channel. */
function moments({ shape, data }: Value): Moments {
  const channels = shape.at(-1)!;
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

/** Features in another's mean and deviation, blended with what they were. */
function swapped(features: Value, style: Moments, alpha: number): Value {
  const own = moments(features);
  const channels = features.shape.at(-1)!;
  const data = features.data.map((value, i) => {
    const c = i % channels;
    const changed = ((value - own.mean[c]!) / own.std[c]!) * style.std[c]! + style.mean[c]!;
    return alpha * changed + (1 - alpha) * value;
  });
  return leaf(features.shape, data);
}

/** Pictures `[N, height, width, 3]`. */
interface Pictures {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

/** Each picture of a batch by itself. */
function apart({ shape, data }: Pictures): Value[] {
  const [count, ...rest] = shape as [number, ...number[]];
  const all = Float64Array.from(data);
  const size = all.length / count;
  return Array.from({ length: count }, (_, row) =>
    leaf([1, ...rest], all.subarray(row * size, (row + 1) * size)),
  );
}

/**
 * AdaIN style transfer (arXiv 1703.06868) of a batch in float64: every picture takes the style of the one that `order`
 * names. `side`: pictures are shrunk to it first, taking the nearest pixel above and to the left.
 */
export function stylizeBatch(
  pictures: Pictures,
  valuesOf: ValuesOf,
  {
    order,
    alpha,
    side,
  }: { readonly order: readonly number[]; readonly alpha: number; readonly side?: number },
): { readonly shape: readonly number[]; readonly data: Float64Array } {
  const [, height, width] = pictures.shape as [number, number, number];
  const nearest = (row: number, column: number) =>
    [Math.floor((row * height) / side!), Math.floor((column * width) / side!)] as const;
  const features = apart(pictures).map((whole) => {
    const tape = new Tape();
    const picture = side === undefined ? whole : moved(tape, whole, side, side, nearest);
    return run(tape, 'vgg', valuesOf, picture).at(-1)!;
  });
  const painted = features.map((map, row) => {
    const target = swapped(map, moments(features[order[row]!]!), alpha);
    return run(new Tape(), 'decoder', valuesOf, target).at(-1)!;
  });
  const data = new Float64Array(painted.reduce((sum, map) => sum + map.data.length, 0));
  painted.forEach((map, row) => {
    data.set(map.data, row * map.data.length);
  });
  return { shape: [painted.length, ...painted[0]!.shape.slice(1)], data };
}

/** Steps of the encoder whose features are compared: relu1_1, relu2_1, relu3_1 and relu4_1. */
const TAPS = [2, 9, 16, 29].map((index) =>
  ENCODER.findIndex((step) => typeof step !== 'string' && step.index === index),
);

/**
 * The decoder's training losses in float64, means over a batch; their slopes are added to the `grad` of the parameters.
 * @param weights of content and style, and alpha of the blend
 */
export function decoderLosses(
  contents: Pictures,
  styles: Pictures,
  valuesOf: ValuesOf,
  weights: { readonly content: number; readonly style: number; readonly alpha: number },
): { readonly content: number; readonly style: number } {
  const rows = apart(contents).length;
  const losses = { content: 0, style: 0 };
  const examples = apart(styles);
  apart(contents).forEach((content, row) => {
    const wanted = run(new Tape(), 'vgg', valuesOf, examples[row]!);
    const features = run(new Tape(), 'vgg', valuesOf, content).at(-1)!;
    const target = swapped(features, moments(wanted.at(-1)!), weights.alpha);
    const tape = new Tape();
    const made = run(tape, 'vgg', valuesOf, run(tape, 'decoder', valuesOf, target).at(-1)!);
    const last = made.at(-1)!;
    last.data.forEach((value, i) => {
      const apart = value - target.data[i]!;
      losses.content += apart ** 2 / (rows * last.data.length);
      last.grad[i] = (weights.content * 2 * apart) / (rows * last.data.length);
    });
    for (const tap of TAPS) {
      const { data, grad, shape } = made[tap]!;
      const channels = shape.at(-1)!;
      const [own, goal] = [moments(made[tap]!), moments(wanted[tap]!)];
      const places = data.length / channels;
      const share = 1 / (rows * channels);
      own.mean.forEach((mean, c) => {
        losses.style += share * ((mean - goal.mean[c]!) ** 2 + (own.std[c]! - goal.std[c]!) ** 2);
      });
      data.forEach((value, i) => {
        const c = i % channels;
        const byMean = (own.mean[c]! - goal.mean[c]!) / places;
        const byStd = ((own.std[c]! - goal.std[c]!) * (value - own.mean[c]!)) / (own.std[c]! * (places - 1));
        grad[i]! += weights.style * 2 * share * (byMean + byStd);
      });
    }
    tape.differentiate(last, Float64Array.from(last.grad));
  });
  return losses;
}
