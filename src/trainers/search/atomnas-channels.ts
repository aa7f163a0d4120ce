import type * as tf from '@tensorflow/tfjs-core';
import type { AtomNASConfig } from '../../models/atomnas/atomnas.js';
import { aliveChannels, type SearchGroup } from '../../models/atomnas/atomnas-search.js';
import type { Weight, WeightMap } from '../../models/weights.js';
import type { Candidate } from './survivors.js';

/** Scales of each group by the name of the vector: as they are, and their moving average. */
export interface Scales {
  readonly current: WeightMap;
  readonly averaged: WeightMap;
}

export interface LifeRule {
  readonly threshold: number;
  /** At the end the moving average alone decides. */
  readonly final: boolean;
  /** What one channel of a group costs. */
  readonly costOf: (group: SearchGroup) => number;
}

/** Blocks that change the shape cannot become the identity. */
const isNeeded = ({ stem, blocks }: AtomNASConfig, at: number): boolean =>
  blocks[at]!.stride !== 1 || blocks[at]!.outputs !== (blocks[at - 1]?.outputs ?? stem);

/**
 * All searchable channels with what decides over them: the larger of the current and the averaged |γ|, at the end the
 * averaged (arXiv 1912.09640, section 3.3). The strongest channel of a block that cannot do without stays.
 */
export function atomnasCandidates(
  config: AtomNASConfig,
  groups: readonly SearchGroup[],
  { current, averaged }: Scales,
  { threshold, final, costOf }: LifeRule,
): Candidate[] {
  const alive = aliveChannels(groups, current, averaged, { threshold, final });
  const strongest = new Map<number, { scale: string; index: number; strength: number }>();
  const all = groups.flatMap((group) => {
    const now = current.get(group.scale)!.data;
    const mean = averaged.get(group.scale)!.data;
    return Array.from(now, (value, index) => {
      const strength = Math.max(Math.abs(mean[index]!), final ? 0 : Math.abs(value));
      const best = strongest.get(group.block);
      if (best === undefined || strength > best.strength)
        strongest.set(group.block, { scale: group.scale, index, strength });
      return { block: group.block, scale: group.scale, index, strength, cost: costOf(group) };
    });
  });
  return all.map(({ block, ...channel }) => {
    const best = strongest.get(block)!;
    const isBest = best.scale === channel.scale && best.index === channel.index;
    return {
      ...channel,
      alive: alive.get(channel.scale)![channel.index]!,
      kept: isBest && isNeeded(config, block),
    };
  });
}

/** Weights of one channel: expansion, depthwise kernel, projection, and the two norms' scales and shifts. */
export function channelParameters({ stem, blocks }: AtomNASConfig, { block, group }: SearchGroup): number {
  const { outputs, kernels } = blocks[block]!;
  const inputs = blocks[block - 1]?.outputs ?? stem;
  return inputs + kernels[group]! ** 2 + outputs + 4;
}

/** Reads the groups' scales from the device. */
export async function readScales(
  groups: readonly SearchGroup[],
  current: ReadonlyMap<string, tf.Variable>,
  averaged: ReadonlyMap<string, tf.Variable>,
): Promise<Scales> {
  const read = async (from: ReadonlyMap<string, tf.Variable>): Promise<Map<string, Weight>> => {
    const values = groups.map(async ({ scale, channels }) => {
      const data = (await from.get(scale)!.data()) as Float32Array;
      return [scale, { shape: [channels], data }] as const;
    });
    return new Map(await Promise.all(values));
  };
  return { current: await read(current), averaged: await read(averaged) };
}
