import type * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import type { AtomNASConfig } from '../../models/atomnas/atomnas.js';
import {
  deadMacs,
  type SearchGroup,
  searchGroups,
  sparsityPenalty,
} from '../../models/atomnas/atomnas-search.js';
import { shrink } from '../../models/atomnas/atomnas-shrink.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { countModel } from '../../models/registry.js';
import type { Hook, HookContext } from '../run/hooks.js';
import { atomnasCandidates, channelParameters, readScales } from './atomnas-channels.js';
import { LIMIT, nextPressure, type Plan, plannedCost } from './controller.js';
import { macsForLatency, measureLatency } from './latency.js';
import { type SearchRecord, searchRecord } from './records.js';
import type { AtomNASSearch } from './schema.js';
import { fitBudget } from './survivors.js';

const stateSchema = z.strictObject({
  /** The last epoch whose end was dealt with. */
  epoch: z.int(),
  /** The penalty's strength after its ramp. */
  rho: z.number(),
  /** What the search network cost in the target's unit. */
  from: z.number(),
  /** Penalty of each group by block and kernel, from the whole search network. */
  penalties: z.record(z.string(), z.number()),
  records: z.array(searchRecord),
});
type State = z.output<typeof stateSchema>;

/** Within this share of the target it counts as met. */
const TOLERANCE = 0.01;

/**
 * AtomNAS as a part of an ordinary training (arXiv 1912.09640, algorithm 1): the penalty ρ·Σ p·|γ| rises, channels whose
 * scale vanishes are cut out after an epoch, and what is left at the end is the network. With a target (ours) the
 * strength of the penalty is controlled so that the network gets there, the weakest channels go besides whenever it costs
 * more than planned, and the cuts end exactly on the target.
 */
export class AtomNASHook implements Hook {
  readonly name = 'atomnas';
  readonly #options: AtomNASSearch;
  readonly #inputShape: Shape;
  #groups: readonly SearchGroup[] = [];
  #state: State | undefined;
  #epochs = 1;
  #stepsPerEpoch = 1;

  /** `inputShape`: of one sample, for which the network's cost counts. */
  constructor(options: AtomNASSearch, inputShape: Shape) {
    this.#options = options;
    this.#inputShape = inputShape;
  }

  get records(): readonly SearchRecord[] {
    return this.#state?.records ?? [];
  }

  state(): State | undefined {
    return this.#state;
  }

  restore(state: unknown): void {
    this.#state = stateSchema.parse(state);
  }

  async begin({ model, epochs, stepsPerEpoch }: HookContext): Promise<void> {
    const config = configOf(model.config);
    this.#epochs = epochs;
    this.#stepsPerEpoch = stepsPerEpoch;
    this.#groups = searchGroups(config, this.#inputShape);
    this.#state ??= {
      epoch: -1,
      rho: this.#options.rho,
      from: await this.#price(model.config),
      penalties: Object.fromEntries(this.#groups.map((group) => [placeOf(config, group), group.penalty])),
      records: [],
    };
    this.#penalise(config);
  }

  numbers({ step }: { readonly step: number }): Readonly<Record<string, number>> {
    const ramp = this.#options.rampEpochs * this.#stepsPerEpoch;
    return { rho: (this.#state?.rho ?? 0) * (ramp === 0 ? 1 : Math.min(1, step / ramp)) };
  }

  penalty(model: HookContext['model'], { rho }: Readonly<Record<string, tf.Scalar>>): tf.Scalar {
    return sparsityPenalty(model, this.#groups, rho!);
  }

  async afterEpoch({ model, averages, epoch }: HookContext) {
    const state = this.#state!;
    if (epoch <= state.epoch) return undefined; // its end was interrupted after this hook had its turn
    const { target, threshold, worth } = this.#options;
    const config = configOf(model.config);
    const final = epoch + 1 === this.#epochs;
    const scales = await readScales(this.#groups, model.variables, averages ?? model.variables);
    const perParameter = target?.params !== undefined;
    const costOf = (group: SearchGroup): number =>
      perParameter ? channelParameters(config, group) : group.macs;
    const candidates = atomnasCandidates(config, this.#groups, scales, { threshold, final, costOf });
    const now = countModel(model.config, this.#inputShape);
    const total = candidates.reduce((sum, { cost }) => sum + cost, 0);
    const base = (perParameter ? now.params : now.macs) - total;
    const costNow = (lives: readonly boolean[]): number =>
      candidates.reduce((sum, { cost }, at) => sum + (lives[at] ? cost : 0), base);
    const byRule = candidates.map(({ alive, kept }) => alive || kept);
    const aliveOf = (lives: readonly boolean[]): Map<string, boolean[]> => {
      const alive = new Map(this.#groups.map(({ scale, channels }) => [scale, new Array<boolean>(channels)]));
      candidates.forEach(({ scale, index }, at) => {
        alive.get(scale)![index] = lives[at]!;
      });
      return alive;
    };
    const networkAt = (macs: number): ModelConfig => {
      const lives = fitBudget(candidates, { base, target: macs, most: macs });
      return { family: model.config.family, options: shrink(config, aliveOf(lives)).config };
    };
    const wanted = await this.#wantedMacs(model.config, final ? networkAt : undefined);
    const plan = wanted === undefined ? undefined : this.#plan(state, wanted);
    const most = plan && (final ? plan.target : plannedCost(plan, epoch + 1));
    const lives = plan ? fitBudget(candidates, { base, target: plan.target, most: most! }) : byRule;
    const living = costNow(lives);
    const isMet = wanted !== undefined && living <= wanted * (1 + TOLERANCE);
    const alive = aliveOf(lives);
    const dead = deadMacs(this.#groups, alive);
    const cuts = lives.includes(false) && (dead >= worth || isMet || final);
    const steered = plan ? nextPressure(state.rho, plan, costNow(byRule), epoch + 1) : state.rho;
    const rho = isMet ? 0 : Math.min(steered, LIMIT * this.#options.rho);
    const record: SearchRecord = {
      ...{ epoch, macs: now.macs, living: now.macs - dead, params: now.params },
      ...{ pressure: rho, removed: cuts ? lives.filter((lives) => !lives).length : 0 },
    };
    this.#state = { ...state, epoch, rho, records: [...state.records, record] };
    if (!cuts) return undefined;
    const shrunk = shrink(config, alive);
    this.#groups = searchGroups(shrunk.config, this.#inputShape);
    this.#penalise(shrunk.config);
    return { config: { family: model.config.family, options: shrunk.config }, cut: shrunk.cut };
  }

  /** AtomNAS's own network is what it finds. */
  async architecture({ config }: HookContext['model']): Promise<ModelConfig> {
    return config;
  }

  /** The target as a number of multiply-accumulates (or parameters, if that is its unit); `networkAt` makes the last network. */
  async #wantedMacs(
    config: ModelConfig,
    networkAt?: (macs: number) => ModelConfig,
  ): Promise<number | undefined> {
    const { target } = this.#options;
    if (target?.latency === undefined) return target?.macs ?? target?.params;
    // Time is not a sum over channels: what must go is taken in proportion, anew after each epoch.
    const { macs } = countModel(config, this.#inputShape);
    const start = (macs * target.latency) / (await measureLatency(config, this.#inputShape));
    const inputShape = this.#inputShape;
    return networkAt === undefined
      ? start
      : macsForLatency(networkAt, { start, target: target.latency, inputShape });
  }

  async #price(config: ModelConfig): Promise<number> {
    const { macs, params } = countModel(config, this.#inputShape);
    return this.#options.target?.params === undefined ? macs : params;
  }

  #plan({ from }: State, target: number): Plan {
    const { rampEpochs, until } = this.#options;
    return { from, target, rampEpochs, until: until * this.#epochs };
  }

  /** Groups keep the penalties that they had in the whole search network. */
  #penalise(config: AtomNASConfig): void {
    const { penalties } = this.#state!;
    this.#groups = this.#groups.map((group) => ({ ...group, penalty: penalties[placeOf(config, group)]! }));
  }
}

const configOf = (config: ModelConfig): AtomNASConfig => config.options as AtomNASConfig;

const placeOf = ({ blocks }: AtomNASConfig, { block, group }: SearchGroup): string =>
  `${block}:${blocks[block]!.kernels[group]!}`;
