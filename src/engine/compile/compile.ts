import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../core/errors.js';
import { type TensorFlowBackend, tensorFlowBackend } from '../native/session.js';
import { computesBf16 } from '../precision.js';
import { inTurn } from './in-turn.js';
import { inputIds, type RecordedStep, recordStep, type Step } from './record.js';

/** In what numbers a compiled step computes: `auto` measures both on the first call and keeps the faster. */
export type Precision = 'fp32' | 'bf16' | 'auto';

export interface CompileOptions {
  /** Default `fp32`. With `bf16`, convolutions and products run in bfloat16; variables and results stay float32. */
  readonly precision?: Precision;
  /** Names the step in errors. */
  readonly name?: string;
}

/** A compiled step: call it like the function it was made from; calls of one step run one after the other. */
export interface Compiled<O> {
  (...inputs: tf.Tensor[]): Promise<O>;
  /** What it computes in; undefined until `auto` has measured. */
  readonly precision: 'fp32' | 'bf16' | undefined;
  /** Gives the memory of its graphs back; the step cannot be called afterwards. */
  dispose(): void;
}

const TIMED_RUNS = 3;

const signature = (inputs: readonly tf.Tensor[]): string =>
  inputs.map(({ dtype, shape }) => `${dtype}[${shape}]`).join(' ');

const noBf16 = (name: string): EngineError =>
  new EngineError(
    'E_PRECISION',
    `Step ${name} asks for bf16, which this engine and processor do not compute. Use precision auto or fp32.`,
  );

async function run(
  backend: TensorFlowBackend,
  step: RecordedStep,
  args: readonly tf.Tensor[],
  bf16: boolean,
): Promise<tf.Tensor[]> {
  const metas = await step.function.run(inputIds(backend, step.inputs, args), bf16);
  return metas.map((meta) => backend.createOutputTensor(meta));
}

/** Times both precisions on the real arguments, results thrown away; the first run of each is its optimisation. */
async function fasterPrecision(
  backend: TensorFlowBackend,
  step: RecordedStep,
  args: readonly tf.Tensor[],
): Promise<'fp32' | 'bf16'> {
  const best = { fp32: Number.POSITIVE_INFINITY, bf16: Number.POSITIVE_INFINITY };
  for (let index = 0; index < TIMED_RUNS; index++) {
    for (const precision of ['fp32', 'bf16'] as const) {
      const start = performance.now();
      tf.dispose(await run(backend, step, args, precision === 'bf16'));
      if (index > 0) best[precision] = Math.min(best[precision], performance.now() - start);
    }
  }
  return best.bf16 < best.fp32 ? 'bf16' : 'fp32';
}

/** @throws EngineError E_RESULT for a promise, or anything else that is no tensor */
function checkResult(name: string, result: unknown): void {
  const expected = `Expected step ${name} to return a tensor or a list of tensors but it returned`;
  if (result instanceof Promise) {
    result.catch(() => undefined); // nobody will wait for it
    throw new EngineError(
      'E_RESULT',
      `${expected} a promise: a step cannot wait, so do that before or after it.`,
    );
  }
  const odd = [result].flat().find((one) => !(one instanceof tf.Tensor));
  if (odd !== undefined || result === undefined)
    throw new EngineError('E_RESULT', `${expected} ${odd === null ? 'null' : typeof odd}.`);
}

/**
 * Turns a step (tensors in, a tensor or a list of tensors out; variables read and assigned freely) into one
 * TensorFlow function, recorded once for each set of input shapes and run without blocking the event loop.
 * Results are new tensors that the caller disposes. Inputs may be disposed as soon as the call returns its promise.
 *
 * Steps that share variables may be called at once: one that assigns a variable runs alone among those that use it, in
 * the order of the calls, so that no update is lost. Code outside of steps must not assign while a call is under way.
 *
 * On an engine that cannot compile (wasm, tfjs-node) the step simply runs eagerly.
 *
 * Errors (`EngineError`), each naming the op: a value read inside (E_READ), numbers made in JavaScript that change
 * between runs (E_FROZEN), captured tensors over 4 KB that are neither inputs nor variables (E_CAPTURE), results whose
 * shapes depend on values (E_SHAPE), results that are no tensors (E_RESULT).
 */
export function compile<O extends tf.Tensor | readonly tf.Tensor[]>(
  step: Step<O>,
  { precision = 'fp32', name = step.name || 'step' }: CompileOptions = {},
): Compiled<O> {
  const recorded = new Map<string, { step: RecordedStep; single: boolean }>();
  let chosen = precision === 'auto' ? undefined : precision;
  let queue: Promise<unknown> = Promise.resolve();
  let disposed = false;

  const checked = (result: O): O => {
    checkResult(name, result);
    return result;
  };

  const record = (backend: TensorFlowBackend, args: tf.Tensor[]): { step: RecordedStep; single: boolean } => {
    const key = signature(args);
    let entry = recorded.get(key);
    if (!entry) {
      let single = false;
      const watched = (...inputs: tf.Tensor[]): O => {
        const result = checked(step(...inputs));
        single = !Array.isArray(result);
        return result;
      };
      const made = recordStep(backend, name, watched, args);
      entry = { step: made, single };
      recorded.set(key, entry);
    }
    return entry;
  };

  const invoke = async (args: tf.Tensor[]): Promise<O> => {
    const backend = tensorFlowBackend();
    if (!backend && chosen === 'bf16') throw noBf16(name);
    chosen ??= backend ? undefined : 'fp32';
    if (!backend) return tf.tidy(() => checked(step(...args)) as tf.Tensor) as O;
    const entry = record(backend, args);
    if (chosen === 'bf16' && !computesBf16(backend.binding)) throw noBf16(name);
    chosen ??= computesBf16(backend.binding) ? await fasterPrecision(backend, entry.step, args) : 'fp32';
    const { inputs, changed } = entry.step;
    const bf16 = chosen === 'bf16';
    return inTurn({ read: inputs.filter((source) => source instanceof tf.Variable), changed }, async () => {
      const results = await run(backend, entry.step, args, bf16);
      const values = results.splice(results.length - changed.length);
      changed.forEach((variable, index) => {
        variable.assign(values[index]!);
      });
      tf.dispose(values);
      return (entry.single ? results[0] : results) as O;
    });
  };

  const call = (...inputs: tf.Tensor[]): Promise<O> => {
    if (disposed) return Promise.reject(new EngineError('E_DISPOSED', `Step ${name} was disposed.`));
    const held = inputs.map((input) => tf.keep(input.clone()));
    const result = queue.then(() => invoke(held)).finally(() => tf.dispose(held));
    queue = result.catch(() => undefined);
    return result;
  };

  return Object.defineProperties(call, {
    precision: { get: () => chosen },
    dispose: {
      value: () => {
        disposed = true;
        // A call that is under way still needs its function.
        const free = (): void => {
          for (const entry of recorded.values()) entry.step.function.dispose();
          recorded.clear();
        };
        queue.then(free).catch(() => undefined); // what cannot be given back goes with the process
      },
    },
  }) as Compiled<O>;
}
