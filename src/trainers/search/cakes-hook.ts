import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import {
  type CakesOpKind,
  type CakesPriority,
  isMixed,
  MIXED_OPS,
  type MixedOp,
} from '../../models/cakes/cakes.js';
import { branchShares } from '../../models/cakes/cakes-prune.js';
import type { Shape } from '../../models/layers/shape.js';
import type { ModelConfig } from '../../models/model.js';
import { countModel } from '../../models/registry.js';
import type { Hook, HookContext } from '../run/hooks.js';
import { type CakesTarget, cakesArchitecture } from './cakes-architecture.js';
import { cakesScales } from './cakes-scales.js';
import { macsForLatency, measureLatency } from './latency.js';
import { type SearchRecord, searchRecord } from './records.js';
import type { CakesSearch } from './schema.js';

const stateSchema = z.strictObject({ epoch: z.int(), records: z.array(searchRecord) });
type State = z.output<typeof stateSchema>;

interface CakesSearched {
  readonly op?: CakesOpKind;
  readonly search?: boolean;
  readonly priority?: CakesPriority;
}

/**
 * The searches of CAKES (arXiv 2003.12798, section 3.3) as a part of an ordinary training: every branch makes all channels,
 * and at the end each layer keeps as many channels as it has, those with the largest scales. By `priority` of the network:
 * `cost`, an L1 penalty on the scales weighs a branch by the size of its kernel; `performance`, no penalty, and each step
 * trains a random part of the channels.
 */
export class CakesHook implements Hook {
  readonly name = 'cakes';
  readonly #options: CakesSearch;
  readonly #inputShape: Shape;
  #scales: readonly string[] = [];
  #op: MixedOp = 'all';
  #strength = 0;
  #state: State = { epoch: -1, records: [] };

  /** `inputShape`: of one sample, for which the network's cost counts. */
  constructor(options: CakesSearch, inputShape: Shape) {
    this.#options = options;
    this.#inputShape = inputShape;
  }

  get records(): readonly SearchRecord[] {
    return this.#state.records;
  }

  state(): State {
    return this.#state;
  }

  restore(state: unknown): void {
    this.#state = stateSchema.parse(state);
  }

  begin({ model }: HookContext): void {
    const { op, search, priority } = model.config.options as CakesSearched;
    if (op === undefined || !isMixed(op) || search !== true) {
      throw new UsageError(
        `Expected a CAKES search network (op ${Object.keys(MIXED_OPS).join(', ')}, search: true) but the model is ${JSON.stringify(model.config)}.`,
      );
    }
    this.#op = op;
    this.#strength = priority === 'performance' ? 0 : this.#options.strength;
    this.#scales = cakesScales(model);
  }

  penalty(model: HookContext['model']): tf.Scalar {
    const shares = branchShares(this.#op);
    const terms = this.#scales.flatMap((name) => {
      const gamma = model.parameters.get(name)!.variable;
      const part = gamma.size / shares.length;
      return shares.map((share, branch) =>
        tf.mul(tf.sum(tf.abs(tf.slice(gamma, branch * part, part))), share * this.#strength),
      );
    });
    return tf.addN(terms) as tf.Scalar;
  }

  /** The network that the scales of a search network stand for now. */
  async architecture({ config, variables }: HookContext['model']): Promise<ModelConfig> {
    const networkAt = await this.#reading(config, variables);
    const [wanted, time] = [await this.#target(config), this.#options.target?.latency];
    if (wanted === undefined || time === undefined) return networkAt(wanted);
    const found = (value: number): ModelConfig => networkAt({ unit: 'macs', value, orNearest: true });
    const aim = { start: wanted.value, target: time, inputShape: this.#inputShape };
    return found(await macsForLatency(found, aim));
  }

  /** Reads the scales, once; gives the network that they stand for at a target. */
  async #reading(config: ModelConfig, values: ReadonlyMap<string, tf.Variable>) {
    const scales = await Promise.all(
      this.#scales.map(async (name) => (await values.get(name)!.data()) as Float32Array),
    );
    const inputShape = this.#inputShape;
    return (target: CakesTarget | undefined): ModelConfig =>
      cakesArchitecture(config, scales, { inputShape, ...(target && { target }) });
  }

  async afterEpoch({ model, averages, epoch }: HookContext): Promise<undefined> {
    if (epoch <= this.#state.epoch) return undefined;
    const networkAt = await this.#reading(model.config, averages ?? model.variables);
    const found = networkAt(await this.#target(model.config));
    const full = countModel(model.config, this.#inputShape);
    const { macs, params } = countModel(found, this.#inputShape);
    const record: SearchRecord = {
      ...{ epoch, macs: full.macs, living: macs, params },
      ...{ pressure: this.#strength, removed: 0 },
    };
    this.#state = { epoch, records: [...this.#state.records, record] };
    return undefined;
  }

  async #target(config: ModelConfig): Promise<CakesTarget | undefined> {
    const { target } = this.#options;
    if (target?.macs !== undefined) return { unit: 'macs', value: target.macs };
    if (target?.params !== undefined) return { unit: 'params', value: target.params };
    if (target?.latency === undefined) return undefined;
    // Time follows the work: the equal split tells how much of it fits.
    const equal = { ...config, options: { ...(config.options as object), search: false } };
    const { macs } = countModel(equal, this.#inputShape);
    const time = await measureLatency(equal, this.#inputShape);
    return { unit: 'macs', value: (macs * target.latency) / time, orNearest: true };
  }
}
