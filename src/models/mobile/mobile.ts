import { z } from 'zod';
import { ConvNorm, type MobileStyle } from '../atomnas/atomic.js';
import { uniformFan, zeros } from '../layers/init.js';
import { Linear, Sequential } from '../layers/layers.js';
import { Module } from '../layers/module.js';
import type { Ops } from '../layers/ops.js';

/** Options that every mobile network takes. */
export const mobileOptions = {
  classes: z.int().positive().default(1000),
  /** Channels of the 3×3 stride-2 stem. */
  stem: z.int().positive().default(32),
  /** Channels of the last 1×1 convolution. */
  head: z.int().positive().default(1280),
  /** Before the classifier, while training. */
  dropout: z.number().min(0).max(0.99).default(0.2),
  epsilon: z.number().positive().default(1e-3),
  momentum: z.number().min(0).max(1).default(0.01),
};

export interface MobileFrame {
  readonly classes: number;
  readonly stem: number;
  readonly head: number;
  readonly dropout: number;
  /** Channels that the last block gives. */
  readonly last: number;
}

/**
 * The frame of AtomNAS and AutoNL: stem, blocks, 1×1 head, global average, dropout, classifier. Names
 * `features.<i>` (0 is the stem, the last the head) and `classifier.1`.
 */
export class MobileNetwork extends Module {
  readonly #features: Sequential;
  readonly #classifier: Linear;
  readonly #dropout: number;

  constructor(frame: MobileFrame, blocks: readonly Module[], style: MobileStyle) {
    super();
    const stem = new ConvNorm({ inputs: 3, outputs: frame.stem, kernel: [3, 3], stride: [2, 2] }, style);
    const head = new ConvNorm({ inputs: frame.last, outputs: frame.head, kernel: [1, 1] }, style);
    this.#features = this.child('features', new Sequential([stem, ...blocks, head]));
    this.#classifier = this.child(
      'classifier.1',
      new Linear(frame.head, frame.classes, uniformFan(frame.classes), zeros),
    );
    this.#dropout = frame.dropout;
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const pooled = ops.mean(this.#features.apply(ops, x), [1, 2], false);
    return this.#classifier.apply(ops, ops.dropout(pooled, this.#dropout));
  }
}
