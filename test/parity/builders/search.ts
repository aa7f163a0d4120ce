import * as tf from '@tensorflow/tfjs-core';
import {
  type AtomNASConfig,
  aliveChannels,
  atomnas,
  BRANCHES,
  branchShares,
  costGradient,
  countNetwork,
  deadMacs,
  loadStateDict,
  type MixedOp,
  type Model,
  pruneLayer,
  type Route,
  type SupernetRow,
  searchGroups,
  shrink,
  sparsityPenalty,
  stateDict,
  supernetBlocks,
} from '../../../src/models/index.js';
import { kernelsOnly, l2Penalty } from '../../../src/trainers/index.js';
import { type GoldenCase, inputOf } from '../case.js';
import { type Builder, check, checkSame, toleranceOf } from '../compare.js';
import { bitsAt, fnv1a, unit } from '../procedural.js';
import { channelsLast, fill } from '../tensors.js';
import { CAKES_OPS } from './cakes.js';

interface PruneData {
  readonly gamma_key: string;
  readonly total_channels_search: number;
  readonly kept_target: number;
  readonly threshold: number;
  readonly config: Readonly<Record<string, number>>;
  readonly order: readonly string[];
  readonly reweighted_l1_grad_added_to_gamma?: readonly number[];
  readonly reweight_coefficients_in_order?: readonly number[];
  readonly s?: number;
}

/** `<class>.pruneBN`: which channels of a search layer survive. */
export function cakesPruning(className: string): Builder {
  const op = CAKES_OPS[className.toLowerCase()] as MixedOp;
  return (golden) => {
    const data = golden.data as PruneData;
    const key = data.gamma_key.split(' ')[0]!;
    const scales = Float32Array.from(unit(key, data.total_channels_search));
    const { split, threshold, kept } = pruneLayer(op, scales);
    const tolerance = toleranceOf(golden, 'threshold');
    const sorted = (counts: Readonly<Record<string, number>>) =>
      BRANCHES.map((branch) => counts[branch] ?? 0);
    const { s, reweighted_l1_grad_added_to_gamma: gradient, reweight_coefficients_in_order: shares } = data;
    return {
      checks: [
        checkSame('config', sorted(split), sorted(data.config)),
        checkSame('kept', kept.length, data.kept_target),
        check('threshold', [threshold], [data.threshold], tolerance),
        ...(gradient === undefined
          ? []
          : [check('gradient', costGradient(op, scales, s), gradient, tolerance)]),
        ...(shares === undefined ? [] : [check('shares', branchShares(op), shares, tolerance)]),
      ],
    };
  };
}

interface SupernetOptions {
  readonly inverted_residual_setting: readonly SupernetRow[];
  readonly num_classes: number;
  readonly input_channel: number;
  readonly last_channel: number;
  readonly round_nearest: number;
  readonly bn_eps: number;
  readonly threshold: number;
  readonly rho: number;
}

/** The nearest multiple of `step`, at least `step`, and not more than a tenth below `value`. */
function divisible(value: number, step: number): number {
  const rounded = Math.max(step, Math.floor((value + step / 2) / step) * step);
  return rounded < 0.9 * value ? rounded + step : rounded;
}

function supernet(options: SupernetOptions): Model {
  const { round_nearest: step } = options;
  const stem = divisible(options.input_channel, step);
  const table = options.inverted_residual_setting.map(
    ([t, outputs, repeats, stride, kernels]): SupernetRow => [
      t,
      divisible(outputs, step),
      repeats,
      stride,
      kernels,
    ],
  );
  return atomnas({
    stem,
    head: divisible(options.last_channel, step),
    classes: options.num_classes,
    epsilon: options.bn_eps,
    blocks: supernetBlocks(stem, table),
  });
}

/**
 * The case's rule in words: "bits('<salt>:dead:'+name)[i] % 10 < (6 if 'ops.2' in name else 4)", one group dead
 * altogether, and dead scales either 0 with offset 0 or "unit('<key>'+name)[i]*<factor>".
 */
function killChannels(golden: GoldenCase, scales: readonly string[]): Parameters<typeof fill>[2] {
  const rule = String(golden.options.dead_rule);
  const wholly = /all dead if name starts with (\S+);/.exec(rule)?.[1];
  const small = /unit\('([^']*)'\+name\)\[i\]\*([\d.e-]+)/.exec(rule);
  const zeroOffset = /dead bias ?= ?0/.test(rule);
  return (weights) => {
    for (const scale of scales) {
      const seed = fnv1a(`${golden.salt}:dead:${scale}`);
      const limit = scale.includes('ops.2') ? 6 : 4;
      const gamma = weights.get(scale)!.data;
      const beta = weights.get(scale.replace(/weight$/, 'bias'))!.data;
      const values = small === null ? undefined : unit(small[1]! + scale, gamma.length);
      const isWhollyDead = wholly !== undefined && scale.startsWith(wholly);
      gamma.forEach((_, index) => {
        if (!isWhollyDead && bitsAt(seed, index) % 10 >= limit) return;
        gamma[index] = values === undefined ? 0 : values[index]! * Number(small![2]);
        if (zeroOffset) beta[index] = 0;
      });
    }
  };
}

const configOf = (model: Model): AtomNASConfig => model.config.options as AtomNASConfig;

function logitsOf(model: Model, x: tf.Tensor, route: Route = 'main'): Float32Array {
  return tf.tidy(() => model.apply(x, { route }).dataSync() as Float32Array);
}

/** A small search network: penalty, dead channels, and the network that is left. */
export const atomnasShrink: Builder = async (golden) => {
  const options = golden.options as unknown as SupernetOptions;
  const model = supernet(options);
  const config = configOf(model);
  const { shape } = inputOf(golden, 'input');
  const inputShape = [...shape.slice(2), 3];
  const groups = searchGroups(config, inputShape);
  const scales = groups.map(({ scale }) => scale);
  fill(model, golden, killChannels(golden, scales));
  const x = channelsLast(inputOf(golden, 'input'));
  const outputs = new Map<string, ArrayLike<number>>([['logits_before', logitsOf(model, x)]]);
  tf.tidy(() => {
    outputs.set('bn_l1_loss', sparsityPenalty(model, groups, options.rho).dataSync());
    for (const [name, value] of l2Penalties(model)) outputs.set(name, value.dataSync());
  });
  const weights = await stateDict(model);
  const alive = aliveChannels(groups, weights, weights, { threshold: options.threshold });
  const shrunk = shrink(config, alive);
  const before = countNetwork(model.network, inputShape, 'mobile');
  const small = atomnas(shrunk.config);
  loadStateDict(small, shrunk.cut(weights));
  outputs.set('logits_after', logitsOf(small, x));
  const after = countNetwork(small.network, inputShape, 'mobile');
  const tolerance = toleranceOf(golden, 'penalties');
  const masks = Object.fromEntries([...alive].map(([name, lives]) => [name, lives.map(Number)]));
  const network = shrunk.config.blocks.map((b) => [b.outputs, 1, b.stride, b.kernels, b.channels, b.expand]);
  const checks = [
    checkSame('bn_names', scales, golden.bn_names),
    check(
      'penalties',
      groups.map(({ penalty }) => penalty),
      golden.penalties as number[],
      tolerance,
    ),
    check(
      'per_channel_flops',
      groups.map(({ macs }) => macs),
      golden.per_channel_flops as number[],
      0,
    ),
    checkSame(
      'alive_masks',
      scales.map((name) => masks[name]),
      scales.map((name) => (golden.alive_masks as typeof masks)[name]),
    ),
    checkSame('pruned_flops', deadMacs(groups, alive), golden.pruned_flops),
    checkSame('macs_before', before.macs, golden.macs_before),
    checkSame('macs_after', after.macs, golden.macs_after),
    checkSame('params_before', before.params, golden.params_before),
    checkSame('params_after', after.params, golden.params_after),
    checkSame('network_after', network, golden.network_after),
  ];
  x.dispose();
  model.dispose();
  small.dispose();
  return { outputs, checks };
};

/** The published code's two kinds of decay as a loss, at its recipe's strengths. */
function l2Penalties(model: Model): [string, tf.Scalar][] {
  const parameters = [...model.parameters.values()];
  const kernels = parameters.filter((parameter) => kernelsOnly(1)(parameter) > 0);
  const classifierBias = parameters.filter(
    ({ name, spec }) => name.startsWith('classifier') && spec.role === 'bias',
  );
  const full = kernels.filter(({ spec }) => spec.layout !== 'depthwise');
  const variables = (list: typeof parameters) => list.map(({ variable }) => variable);
  return [
    ['l2_mnas', l2Penalty(variables([...kernels, ...classifierBias]), 1e-5)],
    ['l2_slimmable', l2Penalty(variables(full), 1e-4)],
  ];
}
