import * as tf from '@tensorflow/tfjs-core';
import { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import {
  type AutoNLSearchBlock,
  type AutoNLSearchConfig,
  autonlSearchFamily,
} from '../../models/autonl/autonl-search.js';
import type { Shape } from '../../models/layers/shape.js';
import { Model, type ModelConfig } from '../../models/model.js';
import { countModel } from '../../models/registry.js';
import type { Hook, HookContext } from '../run/hooks.js';
import { fitChoices, openGates } from './autonl-choices.js';
import {
  autonlFound,
  type Choices,
  expectedMacs,
  type GateCosts,
  gateCosts,
  readMargins,
  searchBlocks,
} from './autonl-gates.js';
import { nextPressure } from './controller.js';
import { macsForLatency, measureLatency } from './latency.js';
import { type SearchRecord, searchRecord } from './records.js';
import type { AutoNLSearch } from './schema.js';

/** How many times the lambda it began with it may become: it moves thresholds, and weights hardly. */
const STRONGEST = 16;

const stateSchema = z.strictObject({ epoch: z.int(), lambda: z.number(), records: z.array(searchRecord) });
type State = z.output<typeof stateSchema>;

/**
 * AutoNL's search as a part of an ordinary training (arXiv 2004.01961, section 3.2): the loss has
 * λ·log(multiply-accumulates of the network that the gates stand for), and weights and thresholds are learned together.
 * What the gates stand for at the end is the network, to be trained from scratch.
 */
export class AutoNLHook implements Hook {
  readonly name = 'autonl';
  readonly #options: AutoNLSearch;
  readonly #inputShape: Shape;
  #costs: GateCosts | undefined;
  #state: State;
  #epochs = 1;
  #stepsPerEpoch = 1;

  /** `inputShape`: of one sample, for which the network's cost counts. */
  constructor(options: AutoNLSearch, inputShape: Shape) {
    this.#options = options;
    this.#inputShape = inputShape;
    this.#state = { epoch: -1, lambda: options.lambda, records: [] };
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

  begin({ model, epochs, stepsPerEpoch }: HookContext): void {
    blocksOf(model);
    this.#costs = gateCosts(model.config.options as AutoNLSearchConfig, this.#inputShape);
    this.#epochs = epochs;
    this.#stepsPerEpoch = stepsPerEpoch;
  }

  numbers({ step }: { readonly step: number }): Readonly<Record<string, number>> {
    const ramp = this.#options.rampEpochs * this.#stepsPerEpoch;
    return { lambda: this.#state.lambda * (ramp === 0 ? 1 : Math.min(1, step / ramp)) };
  }

  penalty(model: HookContext['model'], { lambda }: Readonly<Record<string, tf.Scalar>>): tf.Scalar {
    return tf.mul(tf.log(expectedMacs(blocksOf(model), this.#costs!)), lambda!);
  }

  async afterEpoch({ model, epoch }: HookContext): Promise<undefined> {
    if (epoch <= this.#state.epoch) return undefined;
    const config = model.config.options as AutoNLSearchConfig;
    const open = autonlFound(config, openGates(await readMargins(blocksOf(model))));
    const { macs, params } = countModel(open, this.#inputShape);
    const full = countModel(
      autonlFound(
        config,
        config.blocks.map(() => ALL_OPEN),
      ),
      this.#inputShape,
    ).macs;
    const target = await this.#wantedMacs(open);
    const { rampEpochs, until, lambda } = this.#options;
    const plan = { from: full, target: target ?? full, rampEpochs, until: until * this.#epochs };
    const now = this.#state.lambda;
    // Gates open again, so a target that is met takes pressure off by and by; one that is far must not wind it up.
    const next = macs <= plan.target ? now / 2 : nextPressure(now, plan, macs, epoch + 1);
    const pressure = target === undefined ? lambda : Math.min(next, STRONGEST * lambda);
    const record: SearchRecord = { epoch, macs: full, living: macs, params, pressure, removed: 0 };
    this.#state = { epoch, lambda: pressure, records: [...this.#state.records, record] };
    return undefined;
  }

  /** The network that the gates of a trained search network stand for; with a target, the nearest that meets it. */
  async architecture(model: HookContext['model']): Promise<ModelConfig> {
    const config = model.config.options as AutoNLSearchConfig;
    const margins = await readMargins(blocksOf(model));
    const found = (choices: readonly Choices[]): ModelConfig => autonlFound(config, choices);
    const { target } = this.#options;
    const open = openGates(margins);
    if (target === undefined) return found(open);
    const unit = target.params === undefined ? 'macs' : 'params';
    const costOf = (choices: readonly Choices[]): number =>
      countModel(found(choices), this.#inputShape)[unit];
    const networkAt = (wanted: number): ModelConfig => found(fitChoices(margins, costOf, wanted));
    const wanted = target.params ?? (await this.#wantedMacs(found(open)))!;
    if (target.latency === undefined) return networkAt(wanted);
    const aim = { start: wanted, target: target.latency, inputShape: this.#inputShape };
    return networkAt(await macsForLatency(networkAt, aim));
  }

  async #wantedMacs(found: ModelConfig): Promise<number | undefined> {
    const { target } = this.#options;
    if (target?.macs !== undefined) return target.macs;
    const { macs, params } = countModel(found, this.#inputShape);
    if (target?.params !== undefined) return (macs * target.params) / params;
    if (target?.latency === undefined) return undefined;
    return (macs * target.latency) / (await measureLatency(found, this.#inputShape));
  }
}

const ALL_OPEN: Choices = { kernel: true, expansion: true, nonlocal: true, ratio: true, stride: true };

function blocksOf(model: HookContext['model']): AutoNLSearchBlock[] {
  const blocks = model instanceof Model ? searchBlocks(model.network) : [];
  if (blocks.length > 0) return blocks;
  throw new UsageError(
    `Expected a search network (${autonlSearchFamily.name}) but the model is ${model.config.family}.`,
  );
}
