import type * as tf from '@tensorflow/tfjs-core';

/** Gives the parameter of that name; throws if there is none. */
export type ParameterOf = (name: string) => tf.Tensor;
