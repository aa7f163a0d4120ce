import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import { countNetwork } from '../count.js';
import { nameParameters } from '../layers/module.js';
import type { Shape } from '../layers/shape.js';
import type { Model } from '../model.js';
import type { WeightMap } from '../weights.js';
import { type AtomNASConfig, atomnasFamily } from './atomnas.js';

/** One kernel-size group of a searchable block: its channels compete to survive (arXiv 1912.09640, section 3). */
export interface SearchGroup {
  /** Index into the configuration's blocks. */
  readonly block: number;
  /** Index of the group within its block. */
  readonly group: number;
  /** Name of the scale, one per channel, of the norm after the depthwise convolution. */
  readonly scale: string;
  readonly channels: number;
  /** Multiply-accumulates that end with one channel. */
  readonly macs: number;
  /** `macs` normalised so that the mean over all searchable channels is 1. */
  readonly penalty: number;
}

/** Name of a group's parts in the network; the stem is feature 0. */
const partName = (block: number, group: number): string => `features.${block + 1}.ops.${group}`;

/**
 * The searchable groups with their cost. Blocks that do not expand are not searched.
 * @throws UsageError for a network of fused blocks, which share their expansion
 */
export function searchGroups(config: AtomNASConfig, inputShape: Shape = [224, 224, 3]): SearchGroup[] {
  if (config.fused)
    throw new UsageError('Expected an AtomNAS network of separate groups to search but it is fused.');
  const { layers } = countNetwork(nameParameters(atomnasFamily.build(config)), inputShape);
  const macsBelow = (prefix: string) =>
    layers.filter(({ name }) => name.startsWith(`${prefix}.`)).reduce((sum, layer) => sum + layer.macs, 0);
  const groups = config.blocks.flatMap(({ channels, expand }, block) =>
    channels.map((count, group) => {
      const name = partName(block, group);
      return {
        block,
        group,
        expand,
        scale: `${name}.1.1.weight`,
        channels: count,
        macs: macsBelow(name) / count,
      };
    }),
  );
  const searched = groups.filter(({ expand }) => expand);
  const total = searched.reduce((sum, { channels, macs }) => sum + channels * macs, 0);
  const count = searched.reduce((sum, { channels }) => sum + channels, 0);
  const mean = total / (count + 1e-5); // the published normaliser
  return searched.map(({ expand: _, ...group }) => ({ ...group, penalty: group.macs / mean }));
}

/** rho · Σ penalty · Σ|γ| over the searchable groups: the part of the loss that makes channels die. */
export function sparsityPenalty(
  model: Pick<Model, 'parameters'>,
  groups: readonly SearchGroup[],
  rho: number | tf.Scalar,
): tf.Scalar {
  if (groups.length === 0) return tf.scalar(0);
  const terms = groups.map(({ scale, penalty }) => {
    const gamma = model.parameters.get(scale)!.variable;
    return tf.mul(tf.sum(tf.abs(gamma)), penalty);
  });
  return tf.mul(tf.addN(terms), rho);
}

/** Per group: which channels live on. */
export type Alive = ReadonlyMap<string, readonly boolean[]>;

export interface AliveOptions {
  /** Largest |γ| of a dead channel; default 1e-3. */
  readonly threshold?: number;
  /** At the end the averaged weights alone decide; before, a channel must be dead in both. */
  readonly final?: boolean;
}

/** Which channels live, by the current scales and by their moving average (the same map when there is none). */
export function aliveChannels(
  groups: readonly SearchGroup[],
  current: WeightMap,
  averaged: WeightMap,
  { threshold = 1e-3, final = false }: AliveOptions = {},
): Alive {
  return new Map(
    groups.map(({ scale }) => {
      const now = current.get(scale)!.data;
      const mean = averaged.get(scale)!.data;
      const isAlive = (index: number) =>
        Math.abs(mean[index]!) > threshold || (!final && Math.abs(now[index]!) > threshold);
      return [scale, Array.from(now, (_, index) => isAlive(index))];
    }),
  );
}

/** Multiply-accumulates that the dead channels cost: the published search shrinks once they reach 1e6. */
export function deadMacs(groups: readonly SearchGroup[], alive: Alive): number {
  return groups.reduce(
    (sum, { scale, macs }) => sum + macs * alive.get(scale)!.filter((lives) => !lives).length,
    0,
  );
}
