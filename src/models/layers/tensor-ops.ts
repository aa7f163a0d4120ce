import * as tf from '@tensorflow/tfjs-core';
import { addBranches, batchNormAcross, batchNormTrain, dropout, pad, relu, relu6 } from '../../engine/ops.js';
import { explored, gateMargin, hardGate } from '../autonl/gate.js';
import { channelMask } from './channel-mask.js';
import { convolve } from './convolution.js';
import type {
  BatchNormSpec,
  ChannelSampling,
  ConvSpec,
  GateSpec,
  LinearSpec,
  Ops,
  PoolSpec,
  ProductOptions,
  Route,
} from './ops.js';
import type { Shape } from './shape.js';

export interface TensorOpsOptions {
  /** Batch statistics and dropout; default false: running statistics, no dropout. */
  readonly training?: boolean;
  /** Default `main`. */
  readonly route?: Route;
  /** Two int32 numbers that decide this step's dropout masks; without it nothing is dropped. */
  readonly seed?: tf.Tensor1D;
  /** Whether batch statistics are those of all processes that train together. */
  readonly synchronised?: boolean;
  /** Replaces every batch norm's momentum, for recalibration. */
  readonly momentum?: tf.Scalar;
}

/** A padding value that never wins a maximum and survives bfloat16. */
const LOWEST = -1e38;

function maxPoolPlane(x: tf.Tensor, kernel: Shape, stride: Shape): tf.Tensor {
  return tf.maxPool(x as tf.Tensor4D, kernel as [number, number], stride as [number, number], 'valid');
}

/**
 * A maximum over a box is one over its plane, then over its depth. TensorFlow's own 3D kernel takes as long to
 * differentiate as all convolutions of a small network.
 */
function maxPoolVolume(x: tf.Tensor, kernel: Shape, stride: Shape): tf.Tensor {
  const [batch, depth, height, width, channels] = x.shape as [number, number, number, number, number];
  const planes = tf.reshape(x, [batch * depth, height, width, channels]);
  const plane = maxPoolPlane(planes, kernel.slice(1), stride.slice(1));
  const [, rows, columns] = plane.shape as [number, number, number];
  if (kernel[0] === 1 && stride[0] === 1) return tf.reshape(plane, [batch, depth, rows, columns, channels]);
  const columnsOfDepth = tf.reshape(plane, [batch, depth, rows * columns, channels]);
  const y = maxPoolPlane(columnsOfDepth, [kernel[0]!, 1], [stride[0]!, 1]);
  return tf.reshape(y, [batch, y.shape[1]!, rows, columns, channels]);
}

/** Runs a network on tensors, eagerly or inside a compiled step. Call it inside `tf.tidy`. */
export class TensorOps implements Ops<tf.Tensor> {
  readonly training: boolean;
  readonly route: Route;
  readonly #seed: tf.Tensor1D | undefined;
  readonly #momentum: tf.Scalar | undefined;
  readonly #synchronised: boolean;
  #dropouts = 0;

  constructor(options: TensorOpsOptions = {}) {
    this.training = options.training ?? false;
    this.route = options.route ?? 'main';
    this.#seed = options.seed;
    this.#synchronised = options.synchronised ?? false;
    this.#momentum = options.momentum;
  }

  shape(x: tf.Tensor): Shape {
    return x.shape;
  }

  conv(x: tf.Tensor, spec: ConvSpec): tf.Tensor {
    const y = convolve(x, spec.weight.variable, spec);
    return spec.bias === undefined ? y : tf.add(y, spec.bias.variable);
  }

  batchNorm(x: tf.Tensor, spec: BatchNormSpec): tf.Tensor {
    const channels = x.shape.at(-1)!;
    const mean = spec.mean.variable as tf.Variable<tf.Rank.R1>;
    const variance = spec.variance.variable as tf.Variable<tf.Rank.R1>;
    const scale = (spec.scale?.variable ?? tf.fill([channels], 1)) as tf.Tensor1D;
    const offset = (spec.offset?.variable ?? tf.fill([channels], 0)) as tf.Tensor1D;
    if (!this.training) {
      const rows = tf.reshape(x, [1, -1, 1, channels]) as tf.Tensor4D;
      return tf.reshape(tf.batchNorm(rows, mean, variance, offset, scale, spec.epsilon), x.shape);
    }
    const batch = this.#synchronised
      ? batchNormAcross(`${spec.mean.name}/${this.route}`, x, scale, offset, spec.epsilon)
      : batchNormTrain(x, scale, offset, spec.epsilon);
    this.#track(mean, batch.mean, spec.momentum);
    this.#track(variance, batch.variance, spec.momentum);
    return batch.y;
  }

  #track(running: tf.Variable, batch: tf.Tensor, momentum: number): void {
    const step = tf.mul(tf.sub(batch, running), this.#momentum ?? momentum);
    running.assign(tf.add(running, step));
  }

  linear(x: tf.Tensor, spec: LinearSpec): tf.Tensor {
    const inputs = x.shape.at(-1)!;
    const rows = tf.reshape(x, [-1, inputs]) as tf.Tensor2D;
    const product = tf.matMul(rows, spec.weight.variable as tf.Tensor as tf.Tensor2D);
    const y = spec.bias === undefined ? product : tf.add(product, spec.bias.variable);
    return tf.reshape(y, [...x.shape.slice(0, -1), y.shape[1]!]);
  }

  maxPool(x: tf.Tensor, { kernel, stride, padding }: PoolSpec): tf.Tensor {
    const padded = pad(x, padding, LOWEST);
    return kernel.length === 2 ? maxPoolPlane(padded, kernel, stride) : maxPoolVolume(padded, kernel, stride);
  }

  subsample(x: tf.Tensor, stride: number): tf.Tensor {
    // A 1×1 average pool: unlike stridedSlice it has a gradient.
    return stride === 1 ? x : tf.avgPool(x as tf.Tensor4D, 1, stride, 'valid');
  }

  mean(x: tf.Tensor, axes: readonly number[], keepAxes: boolean): tf.Tensor {
    return tf.mean(x, [...axes], keepAxes);
  }

  relu(x: tf.Tensor): tf.Tensor {
    return relu(x);
  }

  relu6(x: tf.Tensor): tf.Tensor {
    return relu6(x);
  }

  swish(x: tf.Tensor): tf.Tensor {
    return tf.mul(x, tf.sigmoid(x));
  }

  sigmoid(x: tf.Tensor): tf.Tensor {
    return tf.sigmoid(x);
  }

  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return addBranches(a, b);
  }

  multiply(a: tf.Tensor, b: tf.Tensor): tf.Tensor {
    return tf.mul(a, b);
  }

  scale(x: tf.Tensor, factor: number): tf.Tensor {
    return tf.mul(x, factor);
  }

  concat(parts: readonly tf.Tensor[], axis: 0 | -1): tf.Tensor {
    return parts.length === 1 ? parts[0]! : tf.concat([...parts], axis === 0 ? 0 : parts[0]!.rank - 1);
  }

  slice(x: tf.Tensor, axis: 0 | -1, start: number, size: number): tf.Tensor {
    const at = axis === 0 ? 0 : x.rank - 1;
    if (start === 0 && size === x.shape[at]) return x;
    const begin = x.shape.map((_, index) => (index === at ? start : 0));
    return tf.slice(
      x,
      begin,
      x.shape.map((extent, index) => (index === at ? size : extent)),
    );
  }

  flattenSpace(x: tf.Tensor): tf.Tensor {
    return tf.reshape(x, [x.shape[0]!, -1, x.shape.at(-1)!]);
  }

  unflattenSpace(x: tf.Tensor, space: Shape): tf.Tensor {
    return tf.reshape(x, [x.shape[0]!, ...space, x.shape.at(-1)!]);
  }

  product(a: tf.Tensor, b: tf.Tensor, options: ProductOptions = {}): tf.Tensor {
    return tf.matMul(a, b, options.transposeA ?? false, options.transposeB ?? false);
  }

  upsample2(x: tf.Tensor): tf.Tensor {
    // Axis by axis, as [before, 1, after] joined to itself: unlike tiling, that stays in bfloat16.
    return x.shape.slice(1, -1).reduce<tf.Tensor>((value, _, index) => {
      const axis = index + 1;
      const after = value.shape.slice(axis + 1).reduce((product, extent) => product * extent, 1);
      const once = tf.reshape(value, [-1, 1, after]);
      const shape = value.shape.map((extent, at) => (at === axis ? extent * 2 : extent));
      return tf.reshape(tf.concat([once, once], 1), shape);
    }, x);
  }

  dropout(x: tf.Tensor, rate: number): tf.Tensor {
    if (!this.training || rate === 0 || this.#seed === undefined) return x;
    return dropout(x, rate, this.#seed, this.#dropouts++);
  }

  gated(x: tf.Tensor, { weight, threshold, explore }: GateSpec): tf.Tensor {
    const open = hardGate(gateMargin(weight, threshold));
    if (!this.training || explore === 0 || this.#seed === undefined) return tf.mul(x, open);
    return tf.mul(x, explored(open, explore, this.#seed, this.#dropouts++));
  }

  sampled(x: tf.Tensor, sampling: ChannelSampling): tf.Tensor {
    if (!this.training || this.#seed === undefined) return x;
    return tf.mul(x, channelMask(sampling, this.#seed, this.#dropouts++));
  }
}
