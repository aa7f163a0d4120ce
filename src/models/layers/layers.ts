import { heFanOut, type Init, uniformFan, zeros } from './init.js';
import { Module } from './module.js';
import type { ConvSpec, LinearSpec, Ops, Padding } from './ops.js';
import type { Parameter } from './parameter.js';
import type { Shape } from './shape.js';

export interface ConvOptions {
  readonly inputs: number;
  readonly outputs: number;
  /** One extent per spatial axis; its length decides 2D or 3D. */
  readonly kernel: Shape;
  readonly stride?: Shape;
  /** Default: symmetric `(kernel - 1) / 2`. */
  readonly padding?: readonly Padding[] | 'same';
  readonly groups?: number;
  readonly bias?: boolean;
  readonly init?: Init;
}

/** `(k - 1) / 2` zeros on both sides of each axis. */
export function centred(kernel: Shape): Padding[] {
  return kernel.map((k) => [Math.floor((k - 1) / 2), Math.floor((k - 1) / 2)]);
}

/** A 2D or 3D convolution, grouped or depthwise by `groups`; parameters `weight` and, with `bias`, `bias`. */
export class Conv extends Module {
  readonly spec: ConvSpec;

  constructor(options: ConvOptions) {
    super();
    const { inputs, outputs, kernel, groups = 1, bias = false } = options;
    const positions = kernel.reduce((product, k) => product * k, 1);
    const depthwise = groups > 1 && groups === inputs && outputs === inputs;
    const weight = this.parameter('weight', {
      shape: depthwise ? [...kernel, inputs, 1] : [...kernel, inputs / groups, outputs],
      layout: depthwise ? 'depthwise' : 'conv',
      role: 'weight',
      init: options.init ?? heFanOut(outputs, positions, groups),
    });
    this.spec = {
      weight,
      ...(bias ? { bias: biasOf(this.parameter.bind(this), outputs) } : {}),
      kernel,
      stride: options.stride ?? kernel.map(() => 1),
      padding: options.padding ?? centred(kernel),
      groups,
      inputs,
      outputs,
    };
  }

  apply<V>(ops: Ops<V>, x: V): V {
    return ops.conv(x, this.spec);
  }
}

function biasOf(add: (name: string, spec: Parameter['spec']) => Parameter, size: number): Parameter {
  return add('bias', { shape: [size], layout: 'vector', role: 'bias', init: zeros });
}

/** Short form for square 2D convolutions. */
export function conv2d(
  inputs: number,
  outputs: number,
  kernel: number,
  options: {
    stride?: number;
    groups?: number;
    bias?: boolean;
    padding?: readonly Padding[] | 'same';
    init?: Init;
  } = {},
): Conv {
  const { stride = 1, ...rest } = options;
  return new Conv({ inputs, outputs, kernel: [kernel, kernel], stride: [stride, stride], ...rest });
}

/** A fully connected layer on the last axis; parameters `weight` and `bias`. */
export class Linear extends Module {
  readonly spec: LinearSpec;

  constructor(
    inputs: number,
    outputs: number,
    init: Init = uniformFan(inputs),
    biasInit: Init = uniformFan(inputs),
  ) {
    super();
    this.spec = {
      weight: this.parameter('weight', { shape: [inputs, outputs], layout: 'linear', role: 'weight', init }),
      bias: this.parameter('bias', { shape: [outputs], layout: 'vector', role: 'bias', init: biasInit }),
    };
  }

  apply<V>(ops: Ops<V>, x: V): V {
    return ops.linear(x, this.spec);
  }
}

/** Parts applied one after the other, named by their index unless names are given. */
export class Sequential extends Module {
  readonly parts: readonly Module[];

  constructor(parts: readonly Module[] | Readonly<Record<string, Module>>) {
    super();
    this.parts = Object.entries(parts).map(([name, part]) => this.child(name, part));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    return this.parts.reduce((value, part) => part.apply(ops, value), x);
  }
}

export type Activation = 'relu' | 'relu6' | 'swish';

/** Applies the named activation. */
export function activate<V>(ops: Ops<V>, activation: Activation, x: V): V {
  return ops[activation](x);
}
