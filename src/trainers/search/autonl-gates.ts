import * as tf from '@tensorflow/tfjs-core';
import {
  AUTONL_GATES,
  type AutoNLGate,
  AutoNLSearchBlock,
  type AutoNLSearchConfig,
} from '../../models/autonl/autonl-search.js';
import { gateMargin, hardGate } from '../../models/autonl/gate.js';
import type { Module } from '../../models/layers/module.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { countModel } from '../../models/registry.js';

/** Which gates of a block are open. */
export type Choices = Readonly<Record<AutoNLGate, boolean>>;

const CLOSED: Choices = { kernel: false, expansion: false, nonlocal: false, ratio: false, stride: false };

/** The network that these choices stand for, as an AutoNL configuration. */
export function autonlFound(config: AutoNLSearchConfig, choices: readonly Choices[]): ModelConfig {
  const { blocks, first, explore: _, ...options } = config;
  const fixed = { expansion: 1, outputs: first, stride: 1, kernel: 3 };
  const searched = blocks.map(({ outputs, stride }, at) => {
    const { kernel, expansion, nonlocal, ratio, stride: dense } = choices[at]!;
    const chosen = { expansion: expansion ? 6 : 3, outputs, stride, kernel: kernel ? 5 : 3 };
    const affinity = { ratio: ratio ? 1 / 4 : 1 / 8, stride: dense ? 1 : 2 };
    return { ...chosen, ...(nonlocal && { nonlocal: affinity }) };
  });
  return { family: 'autonl', options: { ...options, blocks: [fixed, ...searched] } };
}

/** What a block's choices cost beyond its smallest form: multilinear in its gates, since each is 0 or 1. */
interface BlockCost {
  readonly kernel: number;
  readonly expansion: number;
  readonly both: number;
  /** LightNL by [ratio, stride]: smallest form, and what ratio, stride and both add. */
  readonly nonlocal: readonly [base: number, ratio: number, stride: number, both: number];
}

export interface GateCosts {
  /** Of the network with every gate closed. */
  readonly base: number;
  readonly blocks: readonly BlockCost[];
}

/** Counts every choice of every block alone; blocks do not change each other's cost. */
export function gateCosts(config: AutoNLSearchConfig, inputShape: Shape): GateCosts {
  const cost = (at: number, open: Partial<Choices>): number => {
    const choices = config.blocks.map((_, block) => (block === at ? { ...CLOSED, ...open } : CLOSED));
    return countModel(autonlFound(config, choices), inputShape).macs;
  };
  const base = cost(-1, {});
  const blocks = config.blocks.map((_, at): BlockCost => {
    const more = (open: Partial<Choices>): number => cost(at, open) - base;
    const kernel = more({ kernel: true });
    const expansion = more({ expansion: true });
    const nl = (ratio: boolean, stride: boolean): number => more({ nonlocal: true, ratio, stride });
    const [none, ratio, stride, all] = [nl(false, false), nl(true, false), nl(false, true), nl(true, true)];
    return {
      kernel,
      expansion,
      both: more({ kernel: true, expansion: true }) - kernel - expansion,
      nonlocal: [none!, ratio! - none!, stride! - none!, all! - ratio! - stride! + none!],
    };
  });
  return { base, blocks };
}

/** The searchable blocks of a search network, in order. */
export function searchBlocks(network: Module): AutoNLSearchBlock[] {
  return [...network.modules()].flatMap(([, module]) =>
    module instanceof AutoNLSearchBlock ? [module] : [],
  );
}

/** Multiply-accumulates of the network that the gates stand for, with gradients to them. */
export function expectedMacs(blocks: readonly AutoNLSearchBlock[], costs: GateCosts): tf.Scalar {
  const terms = blocks.map(({ gates }, at) => {
    const open = (name: AutoNLGate): tf.Tensor =>
      hardGate(gateMargin(gates[name].weight, gates[name].threshold));
    const [kernel, expansion, nonlocal, ratio, stride] = AUTONL_GATES.map(open) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    const cost = costs.blocks[at]!;
    const [base, byRatio, byStride, byBoth] = cost.nonlocal;
    const affinity = tf.addN([
      tf.mul(ratio, byRatio),
      tf.mul(stride, byStride),
      tf.mul(tf.mul(ratio, stride), byBoth),
    ]);
    return tf.addN([
      tf.mul(kernel, cost.kernel),
      tf.mul(expansion, cost.expansion),
      tf.mul(tf.mul(kernel, expansion), cost.both),
      tf.mul(nonlocal, tf.add(affinity, base)),
    ]);
  });
  return tf.add(tf.sum(tf.addN(terms)), costs.base) as tf.Scalar;
}

/** By how much each gate of each block is open, read from the device. */
export async function readMargins(
  blocks: readonly AutoNLSearchBlock[],
): Promise<Record<AutoNLGate, number>[]> {
  return Promise.all(
    blocks.map(async ({ gates }) => {
      const entries = AUTONL_GATES.map(async (name) => {
        const margin = tf.tidy(() => gateMargin(gates[name].weight, gates[name].threshold));
        const [value] = await margin.data();
        margin.dispose();
        return [name, value!] as const;
      });
      return Object.fromEntries(await Promise.all(entries)) as Record<AutoNLGate, number>;
    }),
  );
}
