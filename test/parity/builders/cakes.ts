import * as tf from '@tensorflow/tfjs-core';
import {
  BRANCHES,
  CakesConv,
  type CakesOpKind,
  type CakesPreset,
  type CakesSplit,
  cakesVideo,
  inflateMixed,
  type Shape,
} from '../../../src/models/index.js';
import { inputOf } from '../case.js';
import { type Builder, checkSame } from '../compare.js';
import { counted } from '../counted.js';
import { channelsLast, fill } from '../tensors.js';
import { runLayer } from './layer.js';

/** Our names of the published operations, by class name and by code. */
export const CAKES_OPS: Readonly<Record<string, CakesOpKind>> = {
  conv3d: '3d',
  conv2d: '2d',
  convp3d: 'p3d',
  convst: '2+3d',
  conv2_3d: '2+3d',
  conv1_2d: '1+2d',
  conv1_2_3d: '1+2+3d',
  mixconv1d: 'mix1d',
  mixconv2d: 'mix2d',
  mixconvall: 'all',
};

const opOf = (name: string): CakesOpKind => {
  const op = CAKES_OPS[name.toLowerCase()];
  if (op === undefined) throw new Error(`Expected a CAKES operation but the case asks for ${name}.`);
  return op;
};

interface OpOptions {
  readonly C_in: number;
  readonly C_out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly conv_config: CakesSplit | null;
  readonly bn_eps?: number;
}

export const cakesOperation: Builder = async (golden) => {
  const {
    C_in: inputs,
    C_out: outputs,
    kernel,
    stride,
    conv_config,
    bn_eps: epsilon = 1e-5,
  } = golden.options as unknown as OpOptions;
  const op = opOf(golden.builder);
  const split = conv_config ?? undefined;
  // The published mixtures of planes and of all forms stride in every axis.
  const strides: Shape = op === 'mix2d' || op === 'all' ? [stride, stride, stride] : [1, stride, stride];
  const network = new CakesConv({ inputs, outputs, op, kernel, stride: strides, split, epsilon });
  const params = [...network.parameters()].filter(([, { spec }]) => spec.role !== 'statistic');
  const total = params.reduce((sum, [, parameter]) => sum + parameter.size, 0);
  const outcome = await runLayer(golden, network);
  const checks = golden.params === undefined ? [] : [checkSame('params', total, golden.params)];
  return { ...outcome, checks };
};

interface NetworkOptions {
  readonly op_code: string;
  readonly conv_config: string;
  readonly num_classes: number;
}

export const videoNetwork: Builder = (golden) => {
  const { op_code, num_classes: classes } = golden.options as unknown as NetworkOptions;
  const splits = golden.conv_config as CakesSplit[] | null;
  const op = opOf(op_code);
  const model = cakesVideo({ op, classes, consensus: 'none', ...(splits === null ? {} : { splits }) });
  fill(model, golden);
  const x = channelsLast(inputOf(golden, 'input'));
  const frames = model.apply(x);
  const video = tf.mean(frames, 1);
  const outputs = new Map([
    ['frame_logits', frames.dataSync()],
    ['video_logits', video.dataSync()],
  ]);
  const checks = [
    ...counted(golden, model),
    ...published(golden.options as unknown as NetworkOptions, splits),
  ];
  tf.dispose([x, frames, video]);
  model.dispose();
  return { outputs, checks };
};

/** A case that names a published split must have the split that the library has under that name. */
function published({ conv_config: name }: NetworkOptions, splits: CakesSplit[] | null) {
  const match = /^CAKES(\d+D)_([CP])$/.exec(name);
  if (match === null || splits === null) return [];
  const preset = cakesVideo({ preset: `${match[1]}-${match[2]}` as CakesPreset });
  const options = preset.config.options as { readonly splits: CakesSplit[] };
  preset.dispose();
  const sorted = (list: CakesSplit[]) => list.map((split) => BRANCHES.map((branch) => split[branch] ?? 0));
  return [checkSame('published split', sorted(options.splits), sorted(splits))];
}

export const inflation: Builder = (golden) => {
  const { split } = golden.options as { readonly split: CakesSplit };
  const names: Readonly<Record<string, string>> = { kxkxk: 'k3d', '1xkxk': 'k2d', kx1x1: 'k1d' };
  const branches = BRANCHES.flatMap((branch) =>
    (split[branch] ?? 0) > 0 ? [[branch, split[branch]!] as const] : [],
  );
  const parts = inflateMixed(inputOf(golden, 'conv2'), branches);
  return {
    outputs: new Map(
      parts.map(({ data }, index) => [names[branches[index]![0]] ?? branches[index]![0], data]),
    ),
  };
};
