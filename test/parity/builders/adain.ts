import * as tf from '@tensorflow/tfjs-core';
import { adain, moments } from '../../../src/styletransfer/network/adain.js';
import type { ParameterOf } from '../../../src/styletransfer/network/parameters.js';
import { vggDecode, vggFeatures, vggShapes } from '../../../src/styletransfer/network/vgg.js';
import { fromKernel, toKernel } from '../../../src/styletransfer/network/vgg-weights.js';
import { paperLosses } from '../../../src/trainers/stylizer/vgg-task.js';
import { leaf } from '../../reference/tape.js';
import { decoderLosses } from '../../reference/vgg.js';
import { type GoldenCase, inputOf } from '../case.js';
import type { Builder } from '../compare.js';
import { proceduralWeights } from '../procedural.js';
import { channelsLast, channelsSecond, scoped } from '../tensors.js';

type Shape = readonly number[];

const official = ([side, , from, to]: Shape): Shape => [to!, from!, side!, side!];

/** Encoder and decoder with the case's procedural weights, as variables. */
export function networks({ salt, gain }: GoldenCase): Map<string, tf.Variable> {
  const shapes = new Map([...vggShapes('vgg'), ...vggShapes('decoder')]);
  const wanted = new Map(
    [...shapes].map(([name, shape]) => [name, shape.length === 4 ? official(shape) : shape]),
  );
  const variables = new Map<string, tf.Variable>();
  for (const [name, { data }] of proceduralWeights(wanted, salt, gain)) {
    const shape = shapes.get(name)!;
    const values = shape.length === 4 ? toKernel(data as Float32Array, shape) : (data as Float32Array);
    variables.set(
      name,
      tf.tidy(() => tf.variable(tf.tensor(values, [...shape]))),
    );
  }
  return variables;
}

const image = (golden: GoldenCase, name: string): tf.Tensor4D =>
  channelsLast(inputOf(golden, name)) as tf.Tensor4D;

/** Features, statistics and decoded pictures of content and style. */
export const adainForward: Builder = (golden) => {
  const variables = networks(golden);
  const parameter: ParameterOf = (name) => variables.get(name)!;
  const outputs = new Map<string, ArrayLike<number>>();
  tf.tidy(() => {
    const content = vggFeatures(parameter, image(golden, 'content'));
    content.forEach((features, layer) => {
      outputs.set(`content_relu${layer + 1}_1`, channelsSecond(features));
    });
    const style = vggFeatures(parameter, image(golden, 'style')).at(-1)!;
    outputs.set('style_relu4_1', channelsSecond(style));
    const [contentMoments, styleMoments] = [moments(content.at(-1)!), moments(style)];
    for (const [name, { mean, std }] of Object.entries({ content: contentMoments, style: styleMoments })) {
      outputs.set(`${name}_mean`, mean.dataSync());
      outputs.set(`${name}_std`, std.dataSync());
    }
    outputs.set('adain', channelsSecond(adain(content.at(-1)!, styleMoments)));
    for (const alpha of golden.options.alphas as readonly number[]) {
      const decoded = vggDecode(parameter, adain(content.at(-1)!, styleMoments, alpha));
      outputs.set(`decoded_alpha${alpha}`, channelsSecond(decoded));
    }
  });
  tf.dispose([...variables.values()]);
  return { outputs };
};

/** The training losses of the decoder and their gradients, with the case's weights of content and style. */
export const adainLoss: Builder = (golden) => {
  const {
    content_weight: contentWeight = 1,
    style_weight: styleWeight = 10,
    alpha = 1,
  } = golden.options as {
    readonly content_weight?: number;
    readonly style_weight?: number;
    readonly alpha?: number;
  };
  const variables = networks(golden);
  const parameter: ParameterOf = (name) => variables.get(name)!;
  const outputs = new Map<string, ArrayLike<number>>();
  const layout = (values: Float32Array, { rank, shape }: tf.Tensor) =>
    rank === 4 ? fromKernel(values, shape) : values;
  const exact = () => exactLoss(golden, { content: contentWeight, style: styleWeight, alpha }, layout);
  tf.tidy(() => {
    const content = image(golden, 'content');
    const losses = paperLosses(
      parameter,
      content,
      image(golden, 'style'),
      tf.fill([content.shape[0], 1, 1, 1], alpha),
    );
    const total = (parts: ReturnType<typeof losses>): tf.Scalar =>
      contentWeight === 1 && styleWeight === 10
        ? parts.total
        : tf.add(tf.mul(parts.content, contentWeight), tf.mul(parts.style, styleWeight));
    const trained = [...variables].filter(([name]) => name.startsWith('decoder.'));
    const parts = losses();
    outputs.set('loss_c', parts.content.dataSync());
    outputs.set('loss_s', parts.style.dataSync());
    outputs.set('total', total(parts).dataSync());
    const { grads } = tf.variableGrads(
      () => total(losses()),
      trained.map(([, variable]) => variable),
    );
    for (const [name, variable] of trained) {
      outputs.set(`grad:${name}`, layout(grads[variable.name]!.dataSync() as Float32Array, variable));
    }
  });
  tf.dispose([...variables.values()]);
  return { outputs, exact };
};

/** The same in float64. */
function exactLoss(
  golden: GoldenCase,
  weights: { readonly content: number; readonly style: number; readonly alpha: number },
  layout: (values: Float32Array, like: tf.Tensor) => ArrayLike<number>,
): ReadonlyMap<string, ArrayLike<number>> {
  return scoped(() => {
    const variables = [...networks(golden)];
    const values = new Map(variables.map(([name, each]) => [name, leaf(each.shape, each.dataSync())]));
    const pictures = (name: string) => {
      const x = image(golden, name);
      return { shape: x.shape, data: x.dataSync() };
    };
    const { content, style } = decoderLosses(
      pictures('content'),
      pictures('style'),
      (name) => values.get(name)!,
      weights,
    );
    const gradients = variables
      .filter(([name]) => name.startsWith('decoder.'))
      .map(([name, like]) => {
        const slope = Float32Array.from(values.get(name)!.grad);
        return [`grad:${name}`, layout(slope, like)] as const;
      });
    const total = weights.content * content + weights.style * style;
    return new Map<string, ArrayLike<number>>([
      ['loss_c', [content]],
      ['loss_s', [style]],
      ['total', [total]],
      ...gradients,
    ]);
  });
}
