import * as tf from '@tensorflow/tfjs-core';
import {
  loadStateDict,
  Model,
  type Module,
  type Shape,
  torchShape,
  type Weight,
} from '../../src/models/index.js';
import type { GoldenCase } from './case.js';
import { proceduralWeights } from './procedural.js';

/** A golden array with channels second as a tensor with channels last. */
export function channelsLast({ shape, data }: Weight): tf.Tensor {
  const order = [0, ...shape.slice(2).map((_, axis) => axis + 2), 1];
  return tf.tidy(() => tf.transpose(tf.tensor(data, [...shape]), order));
}

/** A tensor with channels last, read back with channels second. */
export function channelsSecond(x: tf.Tensor): Float32Array {
  if (x.rank < 3) return x.dataSync() as Float32Array;
  const order = [0, x.rank - 1, ...x.shape.slice(1, -1).map((_, axis) => axis + 1)];
  return tf.tidy(() => tf.transpose(x, order).dataSync() as Float32Array);
}

/** The model's parameter shapes in PyTorch's layout. */
export function shapesOf(model: Model): Map<string, Shape> {
  return new Map([...model.parameters].map(([name, parameter]) => [name, torchShape(parameter)]));
}

/** A network with the case's procedural values; `change` may alter them first. */
export function fill(
  model: Model,
  { salt, gain }: Pick<GoldenCase, 'salt' | 'gain'>,
  change: (weights: Map<string, Weight>) => void = () => undefined,
): Model {
  const weights = proceduralWeights(shapesOf(model), salt, gain);
  change(weights);
  loadStateDict(model, weights);
  return model;
}

/** A single layer or block as a model. */
export function modelOf(network: Module): Model {
  return new Model({ family: 'layer', options: {} }, network, []);
}

/** `tf.tidy` for functions that return no tensors. */
export function scoped<T>(action: () => T): T {
  const result: T[] = [];
  tf.tidy(() => {
    result.push(action());
  });
  return result[0]!;
}
