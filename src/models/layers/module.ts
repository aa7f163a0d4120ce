import type { Ops } from './ops.js';
import { Parameter, type ParameterSpec } from './parameter.js';

/** A part of a network: its own parameters, its named parts and one forward definition for every interpreter. */
export abstract class Module {
  readonly #parameters = new Map<string, Parameter>();
  readonly #children = new Map<string, Module>();

  abstract apply<V>(ops: Ops<V>, x: V): V;

  /** Adds a part under its PyTorch name, which may contain dots (`downsample.0`). */
  protected child<M extends Module>(name: string, module: M): M {
    this.#children.set(name, module);
    return module;
  }

  protected parameter(name: string, spec: ParameterSpec): Parameter {
    const parameter = new Parameter(spec);
    this.#parameters.set(name, parameter);
    return parameter;
  }

  /** Own parameters, then those of the parts, in order of definition: the order of a PyTorch state dict. */
  *parameters(prefix = ''): Generator<[name: string, parameter: Parameter]> {
    for (const [name, parameter] of this.#parameters) yield [prefix + name, parameter];
    for (const [name, child] of this.#children) yield* child.parameters(`${prefix}${name}.`);
  }

  /** This module and every part below it, with their paths; the root's path is empty. */
  *modules(path = ''): Generator<[path: string, module: Module]> {
    yield [path, this];
    for (const [name, child] of this.#children) yield* child.modules(path === '' ? name : `${path}.${name}`);
  }
}

/** Gives every parameter its full name. Returns the root, for chaining. */
export function nameParameters<M extends Module>(root: M): M {
  for (const [name, parameter] of root.parameters()) parameter.name = name;
  return root;
}
