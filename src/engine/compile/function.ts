import type { OpAttribute } from '../native/attributes.js';
import { ATTR } from '../native/attributes.js';
import type { TensorFlowBinding, TensorMeta } from '../native/binding.js';
import type { GraphTensor, TensorFlowGraph } from '../native/graph.js';
import { bytesField, varintField } from '../native/protobuf.js';

let serial = 0;

/** ConfigProto{graph_options{rewrite_options{auto_mixed_precision_onednn_bfloat16: ON}}}, set on one call. */
const BF16: readonly OpAttribute[] = [
  {
    name: 'config_proto',
    type: ATTR.STRING,
    value: bytesField(10, bytesField(10, varintField(31, 1))),
  },
];

const freeing = new FinalizationRegistry<() => void>((free) => free());

/** One TensorFlow function: a recorded graph that runs as a single op. Dispose it to give its memory back. */
export class TensorFlowFunction {
  readonly name: string;
  readonly outputs: number;
  readonly #binding: TensorFlowBinding;
  #live = true;

  /** `inputs` are placeholders of the graph, which may be disposed afterwards. */
  constructor(
    binding: TensorFlowBinding,
    label: string,
    graph: TensorFlowGraph,
    inputs: readonly GraphTensor[],
    outputs: readonly GraphTensor[],
  ) {
    this.#binding = binding;
    const name = `${label.replace(/\W/g, '_')}_${serial++}`;
    this.name = name;
    this.outputs = outputs.length;
    const { functions: c } = binding.api;
    const made = graph.toFunction(name, inputs, outputs);
    c.addFunction(binding.context, made, binding.status);
    c.deleteFunction(made);
    binding.check(`the function ${label}`);
    freeing.register(this, () => c.removeFunction(binding.context, name, binding.status), this);
  }

  /** Runs it on a thread of its own; `bf16` lets TensorFlow compute convolutions and products in bfloat16. */
  run(inputs: readonly number[], bf16: boolean): Promise<TensorMeta[]> {
    return this.#binding.executeOpAsync(this.name, bf16 ? BF16 : [], inputs, this.outputs);
  }

  /** Runs it at once, in float32. */
  runSync(inputs: readonly number[]): TensorMeta[] {
    return this.#binding.executeOp(this.name, [], inputs, this.outputs);
  }

  dispose(): void {
    if (!this.#live) return;
    this.#live = false;
    freeing.unregister(this);
    this.#binding.api.functions.removeFunction(this.#binding.context, this.name, this.#binding.status);
    this.#binding.check(`the removal of ${this.name}`);
  }
}
