import { roundHalfEven } from '../../core/rounding.js';
import { LightNL, type LightNLVariant } from '../autonl/lightnl.js';
import { type Activation, activate, Conv, type ConvOptions, conv2d, Sequential } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import { BatchNorm } from '../layers/norm.js';
import type { Ops } from '../layers/ops.js';

/** What all blocks of one mobile network share. */
export interface MobileStyle {
  readonly activation: Activation;
  /** Batch norm's; 1e-3 and 0.01 in the papers. */
  readonly epsilon: number;
  readonly momentum: number;
  /** TensorFlow's SAME rule instead of symmetric zeros. */
  readonly same: boolean;
}

export interface BlockShape {
  readonly inputs: number;
  readonly outputs: number;
  readonly stride: number;
  /** Depthwise kernel extents, one per group. */
  readonly kernels: readonly number[];
  /** Channels of each group. */
  readonly channels: readonly number[];
  /** Whether a 1×1 convolution makes those channels; else the block works on its input. */
  readonly expand: boolean;
}

/** Convolution, batch norm and, unless `linear`, the activation; parts `0` and `1`. */
export class ConvNorm extends Module {
  readonly #conv: Conv;
  readonly #norm: Module;
  readonly #activation: Activation | undefined;

  constructor(options: ConvOptions & { readonly linear?: boolean }, style: MobileStyle) {
    super();
    this.#conv = this.child('0', new Conv({ ...options, ...(style.same ? { padding: 'same' } : {}) }));
    this.#norm = this.child('1', new BatchNorm(options.outputs, style));
    this.#activation = options.linear === true ? undefined : style.activation;
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const y = this.#norm.apply(ops, this.#conv.apply(ops, x));
    return this.#activation === undefined ? y : activate(ops, this.#activation, y);
  }
}

const pointwise = (inputs: number, outputs: number): ConvOptions => ({ inputs, outputs, kernel: [1, 1] });

const depthwise = (channels: number, kernel: number, stride: number): ConvOptions => ({
  inputs: channels,
  outputs: channels,
  groups: channels,
  kernel: [kernel, kernel],
  stride: [stride, stride],
});

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

const isResidual = ({ inputs, outputs, stride }: BlockShape): boolean => stride === 1 && inputs === outputs;

/**
 * A searchable block of AtomNAS (arXiv 1912.09640): the sum of one inverted-residual branch per kernel size, one norm,
 * and the residual. Each channel of a branch is an atomic block. Without branches the block is the identity.
 * Parts `ops.<g>.0` (expansion), `ops.<g>.1` (depthwise), `ops.<g>.2` (projection), `pw_bn`.
 */
export class AtomicBlock extends Module {
  readonly shape: BlockShape;
  readonly #branches: readonly Module[];
  readonly #norm: Module | undefined;

  constructor(shape: BlockShape, style: MobileStyle) {
    super();
    this.shape = shape;
    const { inputs, outputs, stride, kernels, channels, expand } = shape;
    this.#branches = channels.map((count, group) => {
      const parts = [
        ...(expand ? [new ConvNorm(pointwise(inputs, count), style)] : []),
        new ConvNorm(depthwise(count, kernels[group]!, stride), style),
        new Conv(pointwise(count, outputs)),
      ];
      return this.child(`ops.${group}`, new Sequential(parts));
    });
    this.#norm = channels.length === 0 ? undefined : this.child('pw_bn', new BatchNorm(outputs, style));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const [first, ...others] = this.#branches;
    if (first === undefined || this.#norm === undefined) return x;
    const total = others.reduce((value, branch) => ops.add(value, branch.apply(ops, x)), first.apply(ops, x));
    const y = this.#norm.apply(ops, total);
    return isResidual(this.shape) ? ops.add(x, y) : y;
  }
}

/** Squeeze-and-excitation: parts `se_reduce` and `se_expand`, 1×1 convolutions with bias. */
export class SqueezeExcite extends Module {
  readonly #reduce: Module;
  readonly #expand: Module;
  readonly #activation: Activation;

  constructor(channels: number, hidden: number, activation: Activation) {
    super();
    this.#reduce = this.child('se_reduce', conv2d(channels, hidden, 1, { bias: true }));
    this.#expand = this.child('se_expand', conv2d(hidden, channels, 1, { bias: true }));
    this.#activation = activation;
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const squeezed = this.#reduce.apply(ops, ops.mean(x, [1, 2], true));
    const gate = this.#expand.apply(ops, activate(ops, this.#activation, squeezed));
    return ops.multiply(x, ops.sigmoid(gate));
  }
}

export interface FusedOptions {
  /** Hidden channels of squeeze-and-excitation over the block's input channels; 0 for none. */
  readonly squeeze?: number;
  readonly nonlocal?: { readonly ratio: number; readonly stride: number; readonly variant: LightNLVariant };
}

/**
 * The same block with one expansion and one projection for all kernel sizes, as in AtomNAS+ and AutoNL: expand, split,
 * depthwise per group, concatenate, squeeze-and-excite, project, LightNL, residual. Parts `expand_conv`,
 * `depth_ops.<g>`, `se_op`, `project_conv`, `nl_op`.
 */
export class FusedBlock extends Module {
  readonly shape: BlockShape;
  readonly #expand: Module | undefined;
  readonly #branches: readonly Module[];
  readonly #after: Module;

  constructor(shape: BlockShape, style: MobileStyle, options: FusedOptions = {}) {
    super();
    this.shape = shape;
    const { inputs, outputs, stride, kernels, channels, expand } = shape;
    const { squeeze = 0, nonlocal } = options;
    const total = sum(channels);
    this.#expand = expand
      ? this.child('expand_conv', new ConvNorm(pointwise(inputs, total), style))
      : undefined;
    // In the published code an expanded branch first cuts out its channels, which takes index 0.
    const index = expand ? 1 : 0;
    this.#branches = channels.map((count, group) =>
      this.child(
        `depth_ops.${group}.${index}`,
        new ConvNorm(depthwise(count, kernels[group]!, stride), style),
      ),
    );
    const hidden = roundHalfEven(squeeze * inputs);
    const after: Module[] = [];
    if (squeeze > 0) after.push(this.child('se_op', new SqueezeExcite(total, hidden, style.activation)));
    after.push(
      this.child('project_conv', new ConvNorm({ ...pointwise(total, outputs), linear: true }, style)),
    );
    if (nonlocal !== undefined) {
      after.push(this.child('nl_op', new LightNL({ channels: outputs, ...nonlocal, ...style })));
    }
    this.#after = new Sequential(after);
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const expanded = this.#expand?.apply(ops, x) ?? x;
    let start = 0;
    const groups = this.#branches.map((branch, group) => {
      const count = this.shape.channels[group]!;
      const part = ops.slice(expanded, -1, start, count);
      start += count;
      return branch.apply(ops, part);
    });
    const y = this.#after.apply(ops, ops.concat(groups, -1));
    return isResidual(this.shape) ? ops.add(x, y) : y;
  }
}
