import { UsageError } from '../../core/errors.js';
import { volume } from '../layers/shape.js';
import type { Weight, WeightMap } from '../weights.js';
import type { AtomNASBlock, AtomNASConfig } from './atomnas.js';
import type { Alive } from './atomnas-search.js';

/** What becomes of one array: its new name, and which indices of which axis stay. */
interface Fate {
  readonly name: string;
  readonly axis: 0 | 1;
  readonly keep: readonly number[];
}

/** A shrunken network: its configuration, and a function that cuts any arrays of the old one to fit. */
export interface Shrunk {
  readonly config: AtomNASConfig;
  /**
   * Cuts weights, moving averages or optimizer state (names `<slot>:<parameter>`), PyTorch's layout. Arrays of groups
   * that died are left out; all others pass unchanged.
   */
  cut(arrays: WeightMap): Map<string, Weight>;
}

function take({ shape, data }: Weight, axis: 0 | 1, keep: readonly number[]): Weight {
  const outer = volume(shape.slice(0, axis));
  const inner = volume(shape.slice(axis + 1));
  const extent = shape[axis]!;
  const out = new Float32Array(outer * keep.length * inner);
  let to = 0;
  for (let row = 0; row < outer; row++) {
    for (const index of keep) {
      const from = (row * extent + index) * inner;
      out.set(data.subarray(from, from + inner), to);
      to += inner;
    }
  }
  return { shape: shape.map((value, at) => (at === axis ? keep.length : value)), data: out };
}

const isIdentityable = (blocks: readonly AtomNASBlock[], index: number, stem: number): boolean =>
  blocks[index]!.stride === 1 && blocks[index]!.outputs === (blocks[index - 1]?.outputs ?? stem);

/**
 * Removes dead channels, as the published search does: nothing makes up for act(β) of a removed channel. A group
 * without channels vanishes and later groups move up; a residual block without groups becomes the identity.
 * @throws UsageError when a block that changes the shape would lose all its channels
 */
export function shrink(config: AtomNASConfig, alive: Alive): Shrunk {
  const fates = new Map<string, Fate | 'dropped'>();
  const blocks = config.blocks.map((block, index): AtomNASBlock => {
    const feature = `features.${index + 1}`;
    const groups = block.channels.map((count, group) => {
      const lives = alive.get(`${feature}.ops.${group}.1.1.weight`);
      const all = Array.from({ length: count }, (_, channel) => channel);
      return {
        group,
        kernel: block.kernels[group]!,
        keep: all.filter((channel) => lives?.[channel] ?? true),
      };
    });
    const living = groups.filter(({ keep }) => keep.length > 0);
    if (living.length === 0 && !isIdentityable(config.blocks, index, config.stem)) {
      throw new UsageError(
        `Expected channels to survive in block ${index}, which changes the shape, but all are dead.`,
      );
    }
    for (const { group, keep } of groups) {
      const renamed = living.findIndex((other) => other.group === group);
      for (const [suffix, axis] of partsOf(block.expand)) {
        const fate = { name: `${feature}.ops.${renamed}.${suffix}`, axis, keep };
        fates.set(`${feature}.ops.${group}.${suffix}`, renamed < 0 ? 'dropped' : fate);
      }
    }
    if (living.length === 0)
      for (const name of normNames('pw_bn')) fates.set(`${feature}.${name}`, 'dropped');
    const kernels = living.map(({ kernel }) => kernel);
    return { ...block, kernels, channels: living.map(({ keep }) => keep.length) };
  });
  return { config: { ...config, blocks }, cut: (arrays) => cutArrays(arrays, fates) };
}

const normNames = (prefix: string): string[] =>
  ['weight', 'bias', 'running_mean', 'running_var'].map((name) => `${prefix}.${name}`);

/** Names below a group, with the axis that holds its channels in PyTorch's layout. */
function partsOf(expand: boolean): readonly (readonly [suffix: string, axis: 0 | 1])[] {
  const convNorm = (index: number) =>
    [`${index}.0.weight`, ...normNames(`${index}.1`)].map((name) => [name, 0] as const);
  return expand ? [...convNorm(0), ...convNorm(1), ['2.weight', 1]] : [...convNorm(0), ['1.weight', 1]];
}

function cutArrays(arrays: WeightMap, fates: ReadonlyMap<string, Fate | 'dropped'>): Map<string, Weight> {
  const entries = [...arrays].flatMap(([name, array]): [string, Weight][] => {
    const [, slot = '', parameter = name] = /^(.*:)?(.*)$/.exec(name) ?? [];
    const fate = fates.get(parameter);
    if (fate === undefined) return [[name, array]];
    return fate === 'dropped' ? [] : [[slot + fate.name, take(array, fate.axis, fate.keep)]];
  });
  return new Map(entries);
}
