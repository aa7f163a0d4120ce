import { UsageError } from '../../../core/errors.js';
import type { Rng } from '../../../core/rng.js';
import type { AtomNASConfig } from '../../../models/atomnas/atomnas.js';
import { AUTONL_GATES, type AutoNLSearchConfig } from '../../../models/autonl/autonl-search.js';
import {
  branchKernel,
  type CakesOpKind,
  type CakesSplit,
  isMixed,
  MIXED_OPS,
} from '../../../models/cakes/cakes.js';
import type { ModelConfig } from '../../../models/model.js';
import { familyOf } from '../../../models/registry.js';
import { autonlFound, type Choices } from '../autonl-gates.js';
import { isScale } from '../cakes-scales.js';
import { type CostBudget, firstWithin, type Sized } from './budget.js';

/** Draws that are tried until one fits the budget. */
const DRAWS = 100;

/**
 * A network drawn at random from the space of a search network, at a budget: what a search has to beat. The draw decides
 * the proportions, one number for the whole network then fits the cost by bisection.
 *
 * - `atomnas`: the channels of each group are a uniform share of what the search network has
 * - `autonl-search`: gates open in a random order
 * - CAKES: each layer's split is uniform among all splits, tilted to cheaper or dearer kernels
 *
 * @throws UsageError for a network that is no search network, and for a budget that no draw comes within 3 % of
 */
export async function randomArchitecture(
  config: ModelConfig,
  budget: CostBudget,
  rng: Rng,
): Promise<ModelConfig> {
  function* draws(): Generator<Sized> {
    for (let draw = 0; draw < DRAWS; draw++) yield drawn(config, rng.at('draw', draw));
  }
  return firstWithin(draws(), budget);
}

function drawn(config: ModelConfig, rng: Rng): Sized {
  const { family, options } = config;
  if (family === 'atomnas') return channels(family, options as AtomNASConfig, rng);
  if (family === 'autonl-search') return gates(options as AutoNLSearchConfig, rng);
  const { op, search } = options as { op?: CakesOpKind; search?: boolean };
  if (op !== undefined && isMixed(op) && search === true) {
    const widths = layerWidths(config, MIXED_OPS[op].length);
    const branches = MIXED_OPS[op].map((branch) => ({
      branch,
      size: branchKernel(branch).reduce((a, b) => a * b, 1),
    }));
    return splits(config, widths, branches, rng);
  }
  throw new UsageError(
    `Expected a search network (atomnas, autonl-search, or a CAKES network with search: true) to draw from but the model is ${family}.`,
  );
}

/** Shares from 0 to twice as much as drawn, at most all; a block that changes the shape keeps a channel. */
function channels(family: string, options: AtomNASConfig, rng: Rng): Sized {
  const shares = options.blocks.map((block, at) =>
    block.kernels.map((_, group) => rng.at(at, group).uniform()),
  );
  return (size) => {
    let inputs = options.stem;
    const blocks = options.blocks.map((block, at) => {
      const isNeeded = block.stride !== 1 || block.outputs !== inputs;
      inputs = block.outputs;
      if (!block.expand) return block;
      const drawn = shares[at]!;
      const strongest = drawn.indexOf(Math.max(...drawn));
      const groups = block.kernels.map((kernel, group) => {
        const least = isNeeded && group === strongest ? 1 : 0;
        // At size 1/2 shares are as drawn; towards 1 all groups fill up.
        const share = Math.min(1, (drawn[group]! * size) / Math.max(1e-9, 1 - size));
        return { kernel, count: Math.max(least, Math.round(share * block.channels[group]!)) };
      });
      const alive = groups.filter(({ count }) => count > 0);
      return {
        ...block,
        kernels: alive.map(({ kernel }) => kernel),
        channels: alive.map(({ count }) => count),
      };
    });
    return { family, options: { ...options, blocks } };
  };
}

function gates(options: AutoNLSearchConfig, rng: Rng): Sized {
  const levels = options.blocks.map((_, at) => AUTONL_GATES.map((gate) => rng.at(at, gate).uniform()));
  return (size) => {
    const choices = levels.map(
      (level) => Object.fromEntries(AUTONL_GATES.map((gate, at) => [gate, level[at]! < size])) as Choices,
    );
    return autonlFound(options, choices);
  };
}

/** Channels of each channel-wise operation of a search network, in which every branch makes all of them. */
function layerWidths({ family, options }: ModelConfig, branches: number): number[] {
  const { build, schema } = familyOf(family);
  const parameters = [...build(schema.parse(options)).parameters()];
  return parameters.flatMap(([name, { size }]) => (isScale(name) ? [size / branches] : []));
}

/** Exponential weights, normalised, are uniform on the simplex. */
function splits(
  { family, options }: ModelConfig,
  widths: readonly number[],
  branches: readonly { readonly branch: string; readonly size: number }[],
  rng: Rng,
): Sized {
  const weights = widths.map((_, layer) =>
    branches.map((_, branch) => -Math.log(1 - rng.at(layer, branch).uniform())),
  );
  const largest = Math.max(...branches.map(({ size }) => size));
  return (size) => {
    const tilt = Math.log(Math.max(1e-9, size)) - Math.log(Math.max(1e-9, 1 - size));
    const found = widths.map((width, layer): CakesSplit => {
      const tilted = branches.map(
        ({ size: positions }, at) => weights[layer]![at]! * Math.exp((tilt * positions) / largest),
      );
      const parts = apportion(tilted, width);
      return Object.fromEntries(branches.map(({ branch }, at) => [branch, parts[at]!]));
    });
    return { family, options: { ...(options as object), search: false, splits: found } };
  };
}

/** Whole parts of `total` in proportion to the weights, the largest remainders rounded up. */
function apportion(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const parts = exact.map(Math.floor);
  const missing = total - parts.reduce((a, b) => a + b, 0);
  const order = [...exact.keys()].sort((a, b) => exact[b]! - parts[b]! - (exact[a]! - parts[a]!) || a - b);
  for (const at of order.slice(0, missing)) parts[at]!++;
  return parts;
}
