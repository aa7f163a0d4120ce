import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../core/errors.js';
import type { GraphTensor } from '../native/graph.js';
import type { TensorFlowBackend } from '../native/session.js';
import { TensorFlowFunction } from './function.js';
import { checkFrozen, type Source, Trace } from './trace.js';

/** A step: tensors in, one tensor or a list of tensors out; variables may be read and assigned inside. */
export type Step<O> = (...inputs: tf.Tensor[]) => O;

/** A step as one TensorFlow function, with what it needs and what it changes. */
export interface RecordedStep {
  readonly function: TensorFlowFunction;
  /** In the function's order. */
  readonly inputs: readonly Source[];
  /** Variables whose new values are the last outputs. */
  readonly changed: readonly tf.Variable[];
}

interface Recording {
  readonly trace: Trace;
  readonly outputs: readonly GraphTensor[];
  readonly changed: readonly tf.Variable[];
  /** Whether the step made variables, which the next recording will find. */
  readonly grew: boolean;
}

/** First call: optimizer slots appear. More than a few times would be a step that makes new variables for ever. */
const MAX_GROWING_RUNS = 3;

/** The numbers, in the binding, of everything that a recorded function takes. */
export function inputIds(
  backend: TensorFlowBackend,
  inputs: readonly Source[],
  args: readonly tf.Tensor[],
): number[] {
  return backend.getInputTensorIds(
    inputs.map((source) => (typeof source === 'number' ? args[source]! : source)),
  );
}

/** A tensor of the type and shape of `tensor` and without a value: what the step sees in its place. */
function standIn(backend: TensorFlowBackend, trace: Trace, tensor: tf.Tensor, source: Source): tf.Tensor {
  const [id] = backend.getInputTensorIds([tensor]);
  return backend.createOutputTensor(trace.standIn(backend.binding.describe(id!), source));
}

/** The variables of this process, with stand-ins in them until `restore`. */
function replaceVariables(
  backend: TensorFlowBackend,
  trace: Trace,
): { changed(): tf.Variable[]; restore(): void } {
  const replaced: { readonly variable: tf.Variable; readonly value: tf.Tensor; readonly stand: object }[] =
    [];
  const restore = (): void => {
    for (const { variable, value } of replaced) {
      if (!variable.isDisposed) variable.assign(value);
      value.dispose();
    }
  };
  try {
    for (const variable of Object.values(tf.engine().registeredVariables)) {
      const stand = standIn(backend, trace, variable, variable);
      replaced.push({ variable, value: tf.keep(variable.clone()), stand: stand.dataId });
      variable.assign(stand);
      stand.dispose();
    }
  } catch (error) {
    restore();
    throw error;
  }
  return {
    changed: () =>
      replaced.filter(({ variable, stand }) => variable.dataId !== stand).map(({ variable }) => variable),
    restore,
  };
}

/** Gives variables that the step made their first values, and computes nothing else of the graph. */
function initialize(
  backend: TensorFlowBackend,
  trace: Trace,
  created: ReadonlyMap<tf.Variable, GraphTensor>,
  args: readonly tf.Tensor[],
): void {
  if (created.size === 0) return;
  const inputs = trace.inputs.map(({ tensor }) => tensor);
  const made = new TensorFlowFunction(backend.binding, 'first_values', trace.graph, inputs, [
    ...created.values(),
  ]);
  try {
    const sources = trace.inputs.map(({ source }) => source);
    const values = made
      .runSync(inputIds(backend, sources, args))
      .map((meta) => backend.createOutputTensor(meta));
    [...created.keys()].forEach((variable, index) => {
      if (!variable.isDisposed) variable.assign(values[index]!);
    });
    tf.dispose(values);
  } finally {
    made.dispose();
  }
}

/** Runs the step on tensors without values while writing it down; variables get their old values back. */
function recordOnce(
  backend: TensorFlowBackend,
  trace: Trace,
  step: Step<tf.Tensor | readonly tf.Tensor[]>,
  args: readonly tf.Tensor[],
): Recording {
  const { binding } = backend;
  const engine = tf.engine();
  const stands = args.map((tensor, index) => standIn(backend, trace, tensor, index));
  const variables = replaceVariables(backend, trace);
  const created = new Map<tf.Variable, GraphTensor>();
  const make = engine.makeVariable;
  engine.makeVariable = (...settings) => {
    const variable = make.apply(engine, settings);
    created.set(variable, trace.output(backend.getInputTensorIds([variable])[0]!));
    return variable;
  };
  let results: tf.Tensor[] = [];
  binding.recorder = trace;
  try {
    results = [tf.tidy(() => step(...stands) as tf.Tensor[])].flat();
    const changed = variables.changed();
    const outputs = backend.getInputTensorIds([...results, ...changed]).map((id) => trace.output(id));
    return { trace, outputs, changed, grew: created.size > 0 };
  } finally {
    binding.recorder = undefined;
    engine.makeVariable = make;
    tf.dispose([...results.filter((result) => !(result instanceof tf.Variable)), ...stands]);
    variables.restore();
    initialize(backend, trace, created, args);
  }
}

/**
 * Records a step for the shapes of these arguments. It runs at least twice, on tensors without values, so that numbers
 * that change between runs are noticed; nothing that it assigned is kept.
 */
export function recordStep(
  backend: TensorFlowBackend,
  name: string,
  step: Step<tf.Tensor | readonly tf.Tensor[]>,
  args: readonly tf.Tensor[],
): RecordedStep {
  const traces: Trace[] = [];
  const record = (): Recording => {
    const trace = new Trace(backend.binding);
    traces.push(trace);
    return recordOnce(backend, trace, step, args);
  };
  try {
    let first = record();
    while (first.grew) {
      if (traces.length > MAX_GROWING_RUNS) {
        throw new EngineError(
          'E_RECORD',
          `Step ${name} makes new variables on every run, so it cannot be compiled.`,
        );
      }
      first = record();
    }
    const { trace, outputs, changed } = record();
    checkFrozen(name, first.trace, trace);
    const tensors = trace.inputs.map(({ tensor }) => tensor);
    return {
      function: new TensorFlowFunction(backend.binding, name, trace.graph, tensors, outputs),
      inputs: trace.inputs.map(({ source }) => source),
      changed,
    };
  } finally {
    for (const { graph } of traces) graph.dispose();
  }
}
