import {
  type Module,
  nameParameters,
  type Parameter,
  type Route,
  type Shape,
} from '../../src/models/index.js';
import { ReferenceOps } from './ops.js';
import { leaf, type Value } from './tape.js';

/** A network in float64: its parameters and the passes over them. */
export class Reference {
  readonly network: Module;
  readonly parameters: ReadonlyMap<string, Value>;
  readonly #byParameter: ReadonlyMap<Parameter, Value>;

  /** `values` gives every parameter's numbers in the engine's layout. */
  constructor(network: Module, values: (name: string, parameter: Parameter) => ArrayLike<number>) {
    this.network = nameParameters(network);
    const entries = [...network.parameters()].map(
      ([name, parameter]) => [name, parameter, leaf(parameter.spec.shape, values(name, parameter))] as const,
    );
    this.parameters = new Map(entries.map(([name, , value]) => [name, value]));
    this.#byParameter = new Map(entries.map(([, parameter, value]) => [parameter, value]));
  }

  /** A pass; `slope` turns the output into its gradient, which is then carried back to `x` and the parameters. */
  run(
    x: { readonly shape: Shape; readonly data: ArrayLike<number> },
    options: { readonly training?: boolean; readonly route?: Route } = {},
    slope?: (output: Value) => ArrayLike<number>,
  ): { readonly input: Value; readonly output: Value } {
    for (const { grad } of this.parameters.values()) grad.fill(0);
    const ops = new ReferenceOps(this.#byParameter, options);
    const input = leaf(x.shape, x.data);
    const output = this.network.apply<Value>(ops, input);
    if (slope !== undefined) ops.tape.differentiate(output, slope(output));
    return { input, output };
  }
}
