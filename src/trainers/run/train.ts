import * as tf from '@tensorflow/tfjs-core';
import { allReduceMean } from '../../engine/index.js';
import { saveCheckpoint } from '../checkpoint/save.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import { type PreparedBatch, preparedBatches } from './batches.js';
import { DivergedError, dumpBatch } from './diverged.js';
import type { EndEvent, StepEvent, TrainEvent } from './events.js';
import { Meter, now } from './meter.js';
import { type OpenRun, openRun, type TrainOptions } from './open-run.js';
import { shrinkParts } from './parts.js';
import { recalibrateRun } from './recalibrate-run.js';
import { recipeNotices } from './recipe-notices.js';
import { trainingStream } from './setup.js';
import { Standing } from './standing.js';
import { type TrainingStep, trainingStep } from './step.js';
import { stepNumbers } from './step-numbers.js';
import { unlessAborted } from './unless-aborted.js';
import { type Validator, validator } from './validate.js';

/**
 * Trains by a recipe and tells what happens, event by event; stop listening and it stops. With `out`, checkpoints are
 * written there and a run that is there goes on, to the bit in fp32 on one thread, whatever the number of data workers.
 *
 * @example for await (const event of train(await readRecipe('recipe.yaml'), { out: 'runs/first' })) console.log(event);
 * @throws RecipeError, UsageError, DatasetError for what does not fit; DivergedError for a loss that is not finite
 */
export async function* train(
  parsed: ParsedRecipe,
  options: TrainOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  const run = await openRun(parsed, options);
  try {
    yield* new Trainer(run, options).events();
  } finally {
    await run.close();
  }
}

/** The moving parts of one run. */
class Trainer {
  private readonly run: OpenRun;
  private readonly options: TrainOptions;
  private step!: TrainingStep; // made once the hooks have begun
  private validator: Validator | undefined;
  private readonly standing: Standing;
  private readonly meter: Meter;
  private lastSave = now();

  constructor(run: OpenRun, options: TrainOptions) {
    this.run = run;
    this.options = options;
    this.standing = new Standing(run.resume?.state);
    this.meter = new Meter(run.resume?.state.meter);
  }

  async *events(): AsyncGenerator<TrainEvent, void, void> {
    const { run, options, standing } = this;
    yield* this.start();
    for (const hook of options.hooks ?? []) {
      const kept = run.resume?.state.hooks?.[hook.name];
      if (kept !== undefined) hook.restore?.(kept);
      await hook.begin?.(this.context());
    }
    this.step = this.createStep();
    if (standing.pending) {
      yield* this.endEpoch();
      if (!standing.pending) yield* this.save();
    }
    const reading = new AbortController();
    const { signal = new AbortController().signal } = options;
    const rows = run.plan.batch / run.world;
    const { rank, world, parsed, plan, objective, style } = run;
    const stream = trainingStream(parsed, run.data.train, standing.cursor, {
      signal: reading.signal,
      rank,
      world,
    });
    const batches = preparedBatches(stream, {
      parsed,
      plan,
      objective,
      style,
      step: standing.step,
      rows,
      rank,
    });
    let next = batches.next();
    try {
      if (await this.isOut()) return yield this.end('early');
      for (;;) {
        const asked = now();
        const batch = await unlessAborted(next, signal);
        if (batch === undefined) break;
        const waited = now() - asked;
        const numbers = stepNumbers(run, options.hooks ?? [], standing);
        const running = this.step.run(
          batch.parts.map(({ views }) => views),
          numbers,
        );
        next = batches.next(); // is read, uploaded and painted while the step runs
        next.catch(() => undefined); // thrown when its turn comes
        const result = await running;
        if (!Number.isFinite(result.loss)) {
          const error = await this.diverged(result.loss, batch);
          yield this.end('diverged');
          throw error;
        }
        batch.dispose();
        standing.advance(batch.cursor);
        const { penalty, ...found } = result;
        const event: StepEvent = {
          ...{ type: 'step', step: standing.step, epoch: batch.epoch, ...found, rate: numbers.rate },
          ...{ samples: plan.batch, seconds: now() - asked, waited },
          ...(penalty !== 0 && { penalty }),
        };
        this.meter.add(event);
        yield event;
        for (const hook of options.hooks ?? []) await hook.afterStep?.(event, this.context());
        const ends = batch.cursor.epoch > batch.epoch;
        if (ends) {
          yield { type: 'epoch', step: standing.step, epoch: batch.epoch, ...this.meter.take() };
          standing.pending = true;
          yield* this.endEpoch();
        }
        if (!signal.aborted && (ends || this.isDue())) yield* this.save();
        if (signal.aborted) break;
        if (ends && (await this.isOut())) return yield this.end('early');
      }
      if (signal.aborted) {
        yield* this.save();
        return yield this.end('stopped');
      }
      if (run.world > 1) tf.dispose(allReduceMean('end', tf.scalar(0))); // nobody leaves before all are done
      yield this.end('finished');
    } finally {
      reading.abort();
      (await next.catch(() => undefined))?.dispose();
      await batches.close().catch(() => undefined);
      this.step.dispose();
      this.validator?.dispose();
    }
  }

  private *start(): Generator<TrainEvent> {
    const { run } = this;
    const { plan, data, parts, resume, notices } = run;
    const parameters = [...parts.model.trainable.values()].reduce((sum, { size }) => sum + size, 0);
    const { epochs, stepsPerEpoch, batch, base: rate } = plan;
    yield {
      ...{ type: 'start', ...this.standing.position, epochs, stepsPerEpoch, batch, rate, parameters },
      classes: data.classes,
      ...(resume && { resumed: resume.path }),
    };
    for (const message of notices) yield { type: 'notice', message };
    for (const message of recipeNotices(run.parsed.recipe, parts.model, plan))
      yield { type: 'notice', message };
  }

  /** What follows an epoch's steps: recalibration after the last, validation, hooks. Left undone by a stop. */
  private async *endEpoch(): AsyncGenerator<TrainEvent, void, void> {
    const { run, options, standing } = this;
    const { recipe } = run.parsed;
    const { signal } = options;
    const ended = standing.cursor.epoch - 1;
    const isLast = ended === run.plan.epochs - 1;
    for (const hook of options.hooks ?? []) {
      const smaller = await hook.afterEpoch?.({ ...this.context(), epoch: ended });
      if (!smaller) continue;
      run.parts = await shrinkParts(recipe, run.parts, smaller);
      this.validator?.dispose();
      this.validator = undefined;
      this.replaceStep();
    }
    try {
      if (isLast && recipe.recalibrate) await recalibrateRun(run, recipe.recalibrate.batches, signal);
      if (run.rank === 0 && run.data.validation && (isLast || (ended + 1) % recipe.validate.every === 0))
        yield* this.validate(ended);
    } catch (error) {
      if (signal?.aborted) return;
      throw error;
    }
    standing.epoch = standing.cursor.epoch;
    if (recipe.freeze?.after === ended) this.replaceStep();
    standing.pending = false;
  }

  private async *validate(epoch: number): AsyncGenerator<TrainEvent, void, void> {
    const { parsed, objective, parts, data } = this.run;
    const { model, average } = parts;
    const started = now();
    this.validator ??= validator({
      ...{ parsed, dataset: data.validation!, objective, model, ...(average && { average }) },
      precision: this.step.precision ?? this.run.precision,
      out: this.options.out,
    });
    const scores = await this.validator.run(this.options.signal);
    const best = this.standing.judge(scores, objective.best, parsed.recipe.stop?.margin ?? 0);
    yield {
      ...{ type: 'validation', step: this.standing.step, epoch, ...scores },
      ...{ seconds: now() - started, best },
    };
  }

  private async *save(): AsyncGenerator<TrainEvent, void, void> {
    const { options, run } = this;
    const { step, metrics, best, score, cursor, pending } = this.standing;
    const { recipe } = run.parsed;
    this.lastSave = now();
    if (options.out === undefined || run.rank !== 0) return;
    const { classes } = run.data;
    const hooks = (options.hooks ?? []).flatMap((hook) =>
      hook.state ? [[hook.name, hook.state()] as const] : [],
    );
    const path = await saveCheckpoint(options.out, run.parts, {
      ...{ step, cursor, recipe, pending, precision: this.step.precision ?? 'fp32' },
      ...(classes && { classes: [...classes] }),
      ...(metrics && { metrics }),
      ...(best && { best }),
      ...(this.meter.sums && { meter: this.meter.sums }),
      ...(score && { score }),
      ...(hooks.length > 0 && { hooks: Object.fromEntries(hooks) }),
    });
    yield { type: 'checkpoint', ...this.standing.position, path, seconds: now() - this.lastSave };
  }

  private isDue(): boolean {
    const { steps, minutes } = this.run.parsed.recipe.checkpoints;
    return (steps !== undefined && this.standing.step % steps === 0) || now() - this.lastSave > minutes * 60;
  }

  /** Whether no validation was better for long enough; the first process, which validates, tells the others. */
  private async isOut(): Promise<boolean> {
    const { parsed, rank } = this.run;
    const { stop } = parsed.recipe;
    if (stop === undefined) return false;
    const isOut = rank === 0 && (this.standing.best?.since ?? 0) >= stop.patience;
    const told = tf.tidy(() => allReduceMean('stop', tf.scalar(Number(isOut))));
    const [share] = await told.data();
    told.dispose();
    return share! > 0;
  }

  private createStep(): TrainingStep {
    const { parts, objective, parsed, precision } = this.run;
    const { clip, freeze, batch } = parsed.recipe;
    const frozen = freeze !== undefined && this.standing.cursor.epoch > freeze.after ? freeze.parameters : [];
    return trainingStep({
      ...{ ...parts, objective, frozen, hooks: this.options.hooks ?? [], synchronised: batch.synchronise },
      precision: this.step?.precision ?? precision,
      ...(clip !== undefined && { clip }),
    });
  }

  private replaceStep(): void {
    const old = this.step;
    this.step = this.createStep();
    old.dispose();
  }

  private context() {
    const { parts, plan } = this.run;
    const averages = parts.average && { averages: parts.average.averages };
    return { ...this.standing.position, model: parts.model, ...plan, ...averages };
  }

  private end(reason: EndEvent['reason']): EndEvent {
    const { position, metrics } = this.standing;
    return { type: 'end', ...position, reason, ...(metrics && { metrics }) };
  }

  private async diverged(loss: number, batch: PreparedBatch): Promise<DivergedError> {
    const step = this.standing.step + 1; // as the log would number it
    const folder = this.options.out && (await dumpBatch(this.options.out, step, batch));
    batch.dispose();
    return new DivergedError(step, loss, batch.ids, folder);
  }
}
