import * as tf from '@tensorflow/tfjs-core';
import { toFloat32 } from '../../../src/io/tensors/safetensors.js';
import {
  AtomicBlock,
  type AtomNASArch,
  atomnas,
  autonl,
  FusedBlock,
  LightNL,
  type LightNLVariant,
  loadStateDict,
  type Model,
  stateDict,
  type Weight,
} from '../../../src/models/index.js';
import { type GoldenCase, inputOf, readTensors } from '../case.js';
import type { Builder, Outcome } from '../compare.js';
import { counted } from '../counted.js';
import { channelsLast, fill } from '../tensors.js';
import { runLayer } from './layer.js';

interface BlockOptions {
  readonly inp: number;
  readonly oup: number;
  readonly stride: number;
  readonly channels: readonly number[];
  readonly kernel_sizes: readonly number[];
  readonly expand: boolean;
  readonly active_fn: string;
  readonly se_ratio?: number | null;
  readonly nl_c?: number;
  readonly nl_s?: number;
  readonly variant?: LightNLVariant;
  readonly bn_eps?: number;
  readonly bn_momentum?: number;
}

/** `nn.ReLU6`, `Swish`, … */
function activation(name: string): 'relu' | 'relu6' | 'swish' {
  const short = name.replace(/^nn\./, '').toLowerCase();
  if (short === 'relu' || short === 'relu6' || short === 'swish') return short;
  throw new Error(`Expected ReLU, ReLU6 or Swish but the case asks for ${name}.`);
}

/** The norm of LightNL inside a block starts from a scale that is a quarter of the procedural one. */
function quarterNonlocal(weights: Map<string, Weight>): void {
  for (const [name, weight] of weights) {
    if (name.endsWith('nl_op.bn.weight')) weight.data.set(weight.data.map((value) => value * 0.25));
  }
}

const blockOf = ({ options }: GoldenCase) => {
  const o = options as unknown as BlockOptions;
  const { stride, channels, expand, bn_eps: epsilon = 1e-3, bn_momentum: momentum = 0.01 } = o;
  const shape = { inputs: o.inp, outputs: o.oup, stride, kernels: o.kernel_sizes, channels, expand };
  const style = { activation: activation(o.active_fn), epsilon, momentum, same: o.variant === 'tf' };
  return { o, shape, style };
};

export const atomicBlock: Builder = (golden) => {
  const { shape, style } = blockOf(golden);
  return runLayer(golden, new AtomicBlock(shape, style));
};

export const fusedBlock: Builder = (golden) => {
  const { o, shape, style } = blockOf(golden);
  const { nl_c: ratio, nl_s: stride = 1, variant = 'tf' } = o;
  const nonlocal = ratio === undefined ? {} : { nonlocal: { ratio, stride, variant } };
  const block = new FusedBlock(shape, style, { squeeze: o.se_ratio ?? 0, ...nonlocal });
  return runLayer(golden, block, { prepare: quarterNonlocal });
};

export const lightNL: Builder = (golden) => {
  const o = golden.options as unknown as {
    readonly n_feature: number;
    readonly nl_c: number;
    readonly nl_s: number;
    readonly variant: LightNLVariant;
    readonly bn_eps?: number;
    readonly bn_momentum?: number;
  };
  const {
    n_feature: channels,
    nl_c: ratio,
    nl_s: stride,
    variant,
    bn_eps: epsilon = 1e-3,
    bn_momentum: momentum = 0.01,
  } = o;
  return runLayer(golden, new LightNL({ channels, ratio, stride, variant, epsilon, momentum }));
};

/** Stored running statistics replace the procedural ones. */
async function loadStatistics(golden: GoldenCase, folder: string, model: Model): Promise<void> {
  const tensors = await readTensors(folder, golden);
  const stored = [...tensors].filter(([name]) => name.startsWith('stat:'));
  const statistics = stored.map(([name, array]): [string, Weight] => [
    name.slice('stat:'.length),
    { shape: array.shape, data: toFloat32(array) },
  ]);
  const report = loadStateDict(model, new Map(statistics), { partial: true });
  if (report.extra.length > 0)
    throw new Error(`Expected only the model's statistics but found ${report.extra[0]}.`);
}

async function runNetwork(golden: GoldenCase, folder: string, model: Model): Promise<Outcome> {
  fill(model, golden, quarterNonlocal);
  await loadStatistics(golden, folder, model);
  const training = golden.mode.startsWith('train');
  const x = channelsLast(inputOf(golden, 'input'));
  const y = model.apply(x, { training });
  const outputs = new Map<string, ArrayLike<number>>([['logits', y.dataSync()]]);
  for (const [name, { data }] of await stateDict(model)) outputs.set(`buf:${name}`, data);
  const checks = counted(golden, model, 'mobile');
  tf.dispose([x, y]);
  model.dispose();
  return { outputs, checks };
}

export const searchedNetwork: Builder = (golden, folder) => {
  const { arch, bn_eps: epsilon = 1e-3 } = golden.options as { arch: AtomNASArch; bn_eps?: number };
  return runNetwork(golden, folder, atomnas({ arch, epsilon }));
};

export function autonlNetwork(arch: 'S' | 'L'): Builder {
  return (golden, folder) => {
    const {
      variant,
      bn_eps: epsilon = 1e-3,
      bn_momentum: momentum = 0.01,
    } = golden.options as {
      variant: LightNLVariant;
      bn_eps?: number;
      bn_momentum?: number;
    };
    return runNetwork(golden, folder, autonl({ arch, variant, epsilon, momentum }));
  };
}
