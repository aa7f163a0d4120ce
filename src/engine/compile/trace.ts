import type * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../../core/errors.js';
import type { OpAttribute } from '../native/attributes.js';
import type { Recorder, TensorFlowBinding, TensorMeta } from '../native/binding.js';
import { DataType } from '../native/data-type.js';
import { type GraphTensor, TensorFlowGraph } from '../native/graph.js';

/** A constant of the recorded graph: who used it first, and its bytes, to find numbers that change between runs. */
interface RecordedConstant {
  readonly user: string;
  readonly content: Uint8Array;
}

/** An input of the function: the position of an argument, or a variable. */
export type Source = number | tf.Variable;

/** Larger values from outside the step must be inputs or variables: as constants they would be frozen silently. */
const MAX_CAPTURED_BYTES = 4096;

/** Whether all elements of `size` bytes are equal. */
function isUniform(content: Uint8Array, size: number): boolean {
  for (let at = size; at < content.length; at++) if (content[at] !== content[at - size]) return false;
  return true;
}

/**
 * Builds a graph of the ops that are called while it is the binding's recorder; nothing is computed, shapes and types
 * are inferred. Tensors are known by their number in the binding, which is never used twice.
 */
export class Trace implements Recorder {
  readonly graph: TensorFlowGraph;
  readonly inputs: { readonly tensor: GraphTensor; readonly source: Source }[] = [];
  readonly constants: RecordedConstant[] = [];
  /** Every op with its attributes and what it takes, and every result, to find what changes between runs. */
  readonly operations: string[] = [];
  /** dataIds that tfjs wrote during the recording; anything else that is uploaded now was captured from outside. */
  readonly written = new WeakSet<object>();
  readonly #binding: TensorFlowBinding;
  readonly #symbols = new Map<number, GraphTensor>();
  readonly #sources = new Map<number, { meta: Omit<TensorMeta, 'id'>; source: Source }>();
  readonly #fresh = new Set<number>();
  readonly #producers = new Map<number, string>();
  readonly #placeholders = new Set<GraphTensor>();
  /** The same for the same tensor of every recording. */
  readonly #names = new Map<GraphTensor, string>();

  constructor(binding: TensorFlowBinding) {
    this.#binding = binding;
    this.graph = new TensorFlowGraph(binding);
  }

  /** A stand-in for an argument or variable, which becomes an input of the function where it is used. */
  standIn({ shape, dtype }: Omit<TensorMeta, 'id'>, source: Source): TensorMeta {
    const id = this.#binding.newSymbol();
    this.#sources.set(id, { meta: { shape, dtype }, source });
    return { id, shape, dtype };
  }

  /** What stands in the graph for a tensor; a constant if it has a value. */
  #tensor(id: number, user: string): GraphTensor {
    let tensor = this.#symbols.get(id);
    if (tensor === undefined) {
      tensor = this.#input(id) ?? this.#constant(id, user);
      this.#symbols.set(id, tensor);
    }
    return tensor;
  }

  #nameOf(tensor: GraphTensor): string {
    return this.#names.get(tensor) ?? 'constant';
  }

  #input(id: number): GraphTensor | undefined {
    const known = this.#sources.get(id);
    if (known === undefined) return undefined;
    const tensor = this.graph.placeholder(known.meta.dtype, known.meta.shape);
    this.inputs.push({ tensor, source: known.source });
    this.#placeholders.add(tensor);
    const { source } = known;
    this.#names.set(tensor, typeof source === 'number' ? `input ${source}` : `variable ${source.id}`);
    return tensor;
  }

  #constant(id: number, user: string): GraphTensor {
    const { shape, dtype } = this.#binding.describe(id);
    const values = this.#binding.tensorValues(id);
    if (!ArrayBuffer.isView(values)) {
      throw new EngineError(
        'E_RECORD',
        `Expected numbers in a compiled step but op ${user} uses a string tensor.`,
      );
    }
    if (!this.#fresh.has(id) && values.byteLength > MAX_CAPTURED_BYTES) {
      throw new EngineError(
        'E_CAPTURE',
        `Op ${user} uses a tensor of shape [${shape}] from outside the compiled step, which would freeze it. ` +
          'Pass it as an input or make it a tf.Variable.',
      );
    }
    const content = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    if (content.length > MAX_CAPTURED_BYTES) {
      const size = content.length / shape.reduce((product, extent) => product * extent, 1);
      if (isUniform(content, size)) return this.#filled(shape, dtype, content.slice(0, size), user);
    }
    this.constants.push({ user, content });
    return this.graph.constant(dtype, shape, values);
  }

  /** One value that fills a shape: how large uniform constants (zeros, ones) stay small. */
  #filled(shape: readonly number[], dtype: number, element: Uint8Array, user: string): GraphTensor {
    this.constants.push({ user, content: element });
    const value = this.graph.constant(dtype, [], element);
    const extents = this.graph.constant(DataType.INT32, [shape.length], Int32Array.from(shape));
    return this.graph.add('Fill', [], [extents, value], 1)[0]!;
  }

  /** What stands for a result of the step; an input that is handed through needs an op of its own. */
  output(id: number): GraphTensor {
    const tensor = this.#tensor(id, 'the result');
    this.operations.push(`Identity ${this.#nameOf(tensor)}`);
    return this.#placeholders.has(tensor) ? this.graph.add('Identity', [], [tensor], 1)[0]! : tensor;
  }

  created(id: number): void {
    this.#fresh.add(id);
  }

  execute(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly number[],
    count: number,
  ): TensorMeta[] {
    const tensors = inputs.map((id) => this.#tensor(id, name));
    const settings = attributes.map((attribute) => `${attribute.name}=${attribute.value}`);
    this.operations.push(`${name} ${settings} of ${tensors.map((tensor) => this.#nameOf(tensor))}`);
    const operation = this.operations.length;
    return this.graph.add(name, attributes, tensors, count).map((tensor, index) => {
      const id = this.#binding.newSymbol();
      this.#symbols.set(id, tensor);
      this.#names.set(tensor, `${operation}:${index}`);
      this.#producers.set(id, name);
      return { id, shape: tensor.shape, dtype: tensor.dtype };
    });
  }

  reading(id: number): void {
    if (this.#fresh.has(id)) return;
    const producer = this.#producers.get(id);
    throw new EngineError(
      'E_READ',
      `A compiled step read the value of ${producer ? `the result of op ${producer}` : 'one of its inputs'}: ` +
        'a branch on it would be frozen. Return the tensor and read it outside.',
    );
  }
}

/** Throws when two recordings of the same step hold different numbers: JS randomness, a counter, a learning rate. */
export function checkFrozen(name: string, first: Trace, second: Trace): void {
  const changed = second.operations.findIndex((operation, index) => operation !== first.operations[index]);
  if (changed >= 0 || first.operations.length !== second.operations.length) {
    const [op] = (second.operations[changed] ?? first.operations.at(-1) ?? '').split(' ');
    throw new EngineError(
      'E_FROZEN',
      `Step ${name} ran other ops the second time (from op ${op} on), so it cannot be compiled.`,
    );
  }
  second.constants.forEach((constant, index) => {
    if (Buffer.compare(first.constants[index]?.content ?? Buffer.alloc(0), constant.content) === 0) return;
    throw new EngineError(
      'E_FROZEN',
      `Step ${name} gives op ${constant.user} a number made in JavaScript that changes from run to run ` +
        '(randomness, a counter, a rate), which would be frozen. Pass it as an input tensor.',
    );
  });
}
