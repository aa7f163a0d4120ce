import { EngineError } from '../../core/errors.js';
import { ATTR, nodeSetters, type OpAttribute, setAttribute } from './attributes.js';
import type { TensorFlowBinding } from './binding.js';
import type { Pointer } from './capi.js';
import { embeddedFields } from './protobuf.js';
import { allocateTensor, type Values } from './values.js';

/** One output of an operation of a graph: a tensor that is not computed yet. */
export interface GraphTensor {
  /** As C's TF_Output wants it. */
  readonly output: { readonly operation: Pointer; readonly index: number };
  readonly shape: number[];
  readonly dtype: number;
}

/** Outputs whose shape TensorFlow does not tell, nor anybody need know: scratch of one kernel for its gradient. */
const OPAQUE = new Set(['FusedBatchNormV3:5']);

/**
 * Elementwise ops whose loops are vector code in bf16 only where the result has memory of its own: into that of an
 * operand they take one and a half to ten times as long.
 */
const APART = new Set(['Add', 'AddN', 'AddV2', 'ClipByValue', 'Mul', 'Relu6Grad', 'ReluGrad', 'Sub']);

/** Which operand gives its memory to which result (TensorFlow's graph_view.cc); -2 is none, to the first. */
const FORWARDING = { name: '_forward_input', type: ATTR.INT, value: [-2, 0] } satisfies OpAttribute;

/** Where an op takes a list of tensors; undefined if it takes none. Read once from its definition. */
const lists = new Map<string, { readonly at: number; readonly others: number } | undefined>();

/**
 * A graph that is built op by op. TensorFlow infers shapes and types on the way and refuses what does not fit;
 * nothing is computed. Dispose it to give its memory back.
 */
export class TensorFlowGraph {
  readonly #binding: TensorFlowBinding;
  readonly #graph: Pointer;
  #count = 0;

  constructor(binding: TensorFlowBinding) {
    this.#binding = binding;
    this.#graph = binding.api.functions.newGraph();
  }

  /** An input of the function that the graph is to become. */
  placeholder(dtype: number, shape: readonly number[]): GraphTensor {
    const attributes: OpAttribute[] = [
      { name: 'dtype', type: ATTR.TYPE, value: dtype },
      { name: 'shape', type: ATTR.SHAPE, value: shape },
    ];
    return this.add('Placeholder', attributes, [], 1)[0]!;
  }

  constant(dtype: number, shape: readonly number[], values: Values): GraphTensor {
    const { api, status } = this.#binding;
    const tensor = allocateTensor(api, shape, dtype, values);
    try {
      const operation = this.#finish('Const', (description) => {
        api.functions.nodeType(description, 'dtype', dtype);
        api.functions.nodeTensor(description, 'value', tensor, status);
      });
      return { output: { operation, index: 0 }, shape: [...shape], dtype };
    } finally {
      api.functions.deleteTensor(tensor);
    }
  }

  /**
   * Adds one operation with `count` outputs.
   * @throws EngineError when TensorFlow refuses it, or does not know the shape of an output beforehand
   */
  add(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly GraphTensor[],
    count: number,
  ): GraphTensor[] {
    const { functions: c } = this.#binding.api;
    const list = this.#list(name);
    const operation = this.#finish(name, (description) => {
      const single = ({ output }: GraphTensor): void => c.addNodeInput(description, output);
      if (list === undefined) inputs.forEach(single);
      else {
        const end = list.at + inputs.length - list.others;
        const members = inputs.slice(list.at, end);
        inputs.slice(0, list.at).forEach(single);
        c.addNodeInputs(description, outputArray(members), members.length);
        inputs.slice(end).forEach(single);
      }
      const isApart = APART.has(name) && !this.#binding.isUsingGpuDevice();
      const all = isApart ? [...attributes, FORWARDING] : attributes;
      for (const attribute of all) setAttribute(nodeSetters(c), description, name, attribute);
    });
    return Array.from({ length: count }, (_, index) => this.#describe(name, { operation, index }));
  }

  /** The TF_Function of this graph; whoever asks deletes it. */
  toFunction(name: string, inputs: readonly GraphTensor[], outputs: readonly GraphTensor[]): Pointer {
    const { functions: c } = this.#binding.api;
    const made: Pointer = c.graphToFunction(
      this.#graph,
      name,
      0,
      -1, // all operations
      null,
      inputs.length,
      outputArray(inputs),
      outputs.length,
      outputArray(outputs),
      null,
      null,
      null,
      this.#binding.status,
    );
    this.#binding.check(`the function ${name}`);
    return made;
  }

  dispose(): void {
    this.#binding.api.functions.deleteGraph(this.#graph);
  }

  #finish(name: string, describe: (description: Pointer) => void): Pointer {
    const { functions: c } = this.#binding.api;
    const description: Pointer = c.newOperation(this.#graph, name, `${name}_${this.#count++}`);
    try {
      describe(description);
    } catch (error) {
      c.finishOperation(description, this.#binding.status); // nothing else frees it
      throw error;
    }
    const operation: Pointer = c.finishOperation(description, this.#binding.status);
    this.#binding.check(`op ${name}`);
    return operation;
  }

  #list(name: string): { at: number; others: number } | undefined {
    if (!lists.has(name)) {
      const { api, status } = this.#binding;
      const buffer: Pointer = api.functions.newBuffer();
      try {
        api.functions.opDefinition(this.#graph, name, buffer, status);
        this.#binding.check(`op ${name}`);
        lists.set(name, listOf(name, api.bytes(buffer)));
      } finally {
        api.functions.deleteBuffer(buffer);
      }
    }
    return lists.get(name);
  }

  #describe(name: string, output: GraphTensor['output']): GraphTensor {
    const { functions: c } = this.#binding.api;
    const { status } = this.#binding;
    const dtype = c.outputType(output) as number;
    const rank = c.outputRank(this.#graph, output, status) as number;
    this.#binding.check(`op ${name}`);
    const shape = new BigInt64Array(Math.max(0, rank));
    if (rank > 0) c.outputShape(this.#graph, output, shape, rank, status);
    this.#binding.check(`op ${name}`);
    if (!OPAQUE.has(`${name}:${output.index}`) && (rank < 0 || shape.some((extent) => extent < 0n))) {
      throw new EngineError(
        'E_SHAPE',
        `Op ${name} makes a tensor whose shape depends on values, which a compiled step cannot hold. ` +
          'Run it outside the step.',
      );
    }
    return { output, shape: Array.from(shape, Number), dtype };
  }
}

/** A TF_Output array: {TF_Operation *, int index} each. */
function outputArray(tensors: readonly GraphTensor[]): Buffer {
  const bytes = Buffer.alloc(16 * Math.max(1, tensors.length));
  tensors.forEach(({ output }, index) => {
    bytes.writeBigUInt64LE(BigInt(output.operation), 16 * index);
    bytes.writeInt32LE(output.index, 16 * index + 8);
  });
  return bytes;
}

/** The list among the inputs of an OpDef (input_arg 2; of an ArgDef number_attr 5, type_list_attr 6). */
function listOf(name: string, definition: Uint8Array): { at: number; others: number } | undefined {
  const inputs = [...embeddedFields(definition)].flatMap(([field, value]) => (field === 2 ? [value] : []));
  const isList = (input: Uint8Array): boolean =>
    [...embeddedFields(input)].some(([field, value]) => (field === 5 || field === 6) && value.length > 0);
  const at = inputs.findIndex(isList);
  if (inputs.filter(isList).length > 1)
    throw new EngineError(
      'E_OP',
      `Op ${name} takes several lists of inputs, which cannot be told apart here: use an op with one list at most.`,
    );
  return at < 0 ? undefined : { at, others: inputs.length - 1 };
}
