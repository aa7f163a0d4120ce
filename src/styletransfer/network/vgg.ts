import * as tf from '@tensorflow/tfjs-core';
import { reflectPad, relu } from '../../engine/ops.js';
import type { ParameterOf } from './parameters.js';

/** One step of the official sequential lists: a reflection-padded convolution, a pooling, or a doubling. */
interface ConvolutionStep {
  /** Position in the official list, which counts paddings, ReLUs and poolings; names the parameters. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
  /** 3 unless told. The 1×1 convolution needs no padding. */
  readonly side?: 1;
  /** Without a ReLU behind it. */
  readonly linear?: true;
}
type VggStep = ConvolutionStep | 'pool' | 'double';

/** The normalised VGG-19 as far as relu4_1; the first convolution turns colours and has no ReLU. */
export const ENCODER: readonly VggStep[] = [
  { index: 0, from: 3, to: 3, side: 1, linear: true },
  { index: 2, from: 3, to: 64 },
  { index: 5, from: 64, to: 64 },
  'pool',
  { index: 9, from: 64, to: 128 },
  { index: 12, from: 128, to: 128 },
  'pool',
  { index: 16, from: 128, to: 256 },
  { index: 19, from: 256, to: 256 },
  { index: 22, from: 256, to: 256 },
  { index: 25, from: 256, to: 256 },
  'pool',
  { index: 29, from: 256, to: 512 },
];

/** Its mirror, from relu4_1 back to a picture. */
export const DECODER: readonly VggStep[] = [
  { index: 1, from: 512, to: 256 },
  'double',
  { index: 5, from: 256, to: 256 },
  { index: 8, from: 256, to: 256 },
  { index: 11, from: 256, to: 256 },
  { index: 14, from: 256, to: 128 },
  'double',
  { index: 18, from: 128, to: 128 },
  { index: 21, from: 128, to: 64 },
  'double',
  { index: 25, from: 64, to: 64 },
  { index: 28, from: 64, to: 3, linear: true },
];

/** Convolutions whose outputs describe style: relu1_1, relu2_1, relu3_1, relu4_1. */
const TAPS: readonly number[] = [2, 9, 16, 29];

/** Shapes of all parameters in TensorFlow's layout: `<part>.<index>.weight` `[side, side, in, out]`, `.bias` `[out]`. */
export function vggShapes(part: 'vgg' | 'decoder'): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const step of part === 'vgg' ? ENCODER : DECODER) {
    if (typeof step === 'string') continue;
    const side = step.side ?? 3;
    shapes.set(`${part}.${step.index}.weight`, [side, side, step.from, step.to]);
    shapes.set(`${part}.${step.index}.bias`, [step.to]);
  }
  return shapes;
}

function convolve(parameter: ParameterOf, name: string, step: ConvolutionStep, x: tf.Tensor4D): tf.Tensor4D {
  const padded = step.side === 1 ? x : reflectPad(x, 1);
  const kernel = parameter(`${name}.weight`) as tf.Tensor4D;
  const y = tf.add(tf.conv2d(padded, kernel, 1, 'valid'), parameter(`${name}.bias`)) as tf.Tensor4D;
  return step.linear ? y : relu(y);
}

function run(
  parameter: ParameterOf,
  part: 'vgg' | 'decoder',
  steps: readonly VggStep[],
  image: tf.Tensor4D,
  after: (step: ConvolutionStep, x: tf.Tensor4D) => void = () => undefined,
): tf.Tensor4D {
  return steps.reduce<tf.Tensor4D>((x, step) => {
    // TensorFlow's SAME pooling of 2×2 pads below and to the right with nothing: the official ceil mode.
    if (step === 'pool') return tf.maxPool(x, 2, 2, 'same');
    if (step === 'double') return tf.image.resizeNearestNeighbor(x, [2 * x.shape[1], 2 * x.shape[2]]);
    const y = convolve(parameter, `${part}.${step.index}`, step, x);
    after(step, y);
    return y;
  }, image);
}

/** Features relu4_1 `[B, h, w, 512]` of pictures `[B, H, W, 3]` in 0..1; h = ceil(ceil(ceil(H/2)/2)/2). */
export function vggEncode(parameter: ParameterOf, image: tf.Tensor4D): tf.Tensor4D {
  return run(parameter, 'vgg', ENCODER, image);
}

/** Features relu1_1, relu2_1, relu3_1 and relu4_1, which the training loss compares. */
export function vggFeatures(parameter: ParameterOf, image: tf.Tensor4D): tf.Tensor4D[] {
  const taps: tf.Tensor4D[] = [];
  run(parameter, 'vgg', ENCODER, image, (step, y) => {
    if (TAPS.includes(step.index)) taps.push(y);
  });
  return taps;
}

/** A picture `[B, 8h, 8w, 3]` from features `[B, h, w, 512]`; not clipped. */
export function vggDecode(parameter: ParameterOf, features: tf.Tensor4D): tf.Tensor4D {
  return run(parameter, 'decoder', DECODER, features);
}
