import { z } from 'zod';
import { FusedBlock } from '../atomnas/atomic.js';
import { MobileNetwork, mobileOptions } from '../mobile/mobile.js';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';

const row = z.strictObject({
  /** Expansion ratio; 1 leaves the expansion out. */
  expansion: z.number().positive(),
  outputs: z.int().positive(),
  stride: z.union([z.literal(1), z.literal(2)]),
  kernel: z.int().positive(),
  /** LightNL's channel ratio and spatial stride. */
  nonlocal: z.strictObject({ ratio: z.number().positive().max(1), stride: z.int().positive() }).optional(),
  /** Squeeze-and-excitation's hidden channels over the block's input channels; 0 for none. */
  squeeze: z.number().min(0).default(0),
});
type Row = z.output<typeof row>;

const schema = z.strictObject({
  ...mobileOptions,
  blocks: z.array(row).min(1),
  /** The paper's TensorFlow form, or the authors' PyTorch port. */
  variant: z.enum(['tf', 'torch']).default('tf'),
});

/** [expansion, outputs, stride, kernel, LightNL ratio, LightNL stride, squeeze]; 0 for absent. */
type Compact = readonly [number, number, 1 | 2, number, number, number, number];

const rows = (compact: readonly Compact[]): Row[] =>
  compact.map(([expansion, outputs, stride, kernel, ratio, every, squeeze]) => ({
    expansion,
    outputs,
    stride,
    kernel,
    ...(ratio > 0 ? { nonlocal: { ratio, stride: every } } : {}),
    squeeze,
  }));

const S: readonly Compact[] = [
  [1, 16, 1, 3, 0, 0, 0],
  [3, 24, 2, 3, 0.25, 1, 0],
  [3, 24, 1, 3, 0, 0, 0],
  [3, 40, 2, 5, 0.25, 1, 0],
  [3, 40, 1, 3, 0.25, 2, 0],
  [3, 40, 1, 3, 0, 0, 0],
  [6, 80, 2, 5, 0.25, 1, 0.25],
  [3, 80, 1, 3, 0, 0, 0.5],
  [3, 80, 1, 3, 0, 0, 0.5],
  [6, 96, 1, 5, 0.25, 1, 0.25],
  [3, 96, 1, 3, 0, 0, 0.5],
  [3, 96, 1, 3, 0, 0, 0.5],
  [3, 96, 1, 3, 0, 0, 0.5],
  [6, 192, 2, 5, 0.25, 1, 0.25],
  [3, 192, 1, 5, 0, 0, 0.5],
  [3, 192, 1, 5, 0, 0, 0.5],
  [3, 192, 1, 5, 0, 0, 0.5],
  [6, 320, 1, 5, 0.25, 1, 0.5],
];

const L: readonly Compact[] = [
  [1, 16, 1, 3, 0, 0, 0],
  [3, 24, 2, 5, 0.25, 1, 0],
  [3, 24, 1, 5, 0, 0, 0],
  [3, 24, 1, 3, 0.25, 2, 0],
  [6, 40, 2, 5, 0.25, 1, 0],
  [3, 40, 1, 3, 0.25, 2, 0],
  [3, 40, 1, 3, 0.25, 2, 0],
  [3, 40, 1, 3, 0.25, 2, 0],
  [6, 80, 2, 5, 0.25, 1, 0],
  [3, 80, 1, 3, 0, 0, 0.5],
  [3, 80, 1, 3, 0, 0, 0.5],
  [3, 80, 1, 3, 0.125, 2, 0.5],
  [6, 96, 1, 5, 0.25, 1, 0.5],
  [3, 96, 1, 5, 0, 0, 0.5],
  [3, 96, 1, 5, 0, 0, 0.5],
  [3, 96, 1, 3, 0.25, 2, 0.5],
  [6, 192, 2, 5, 0.25, 1, 0.5],
  [6, 192, 1, 5, 0.125, 1, 0.5],
  [6, 192, 1, 5, 0.125, 1, 0.5],
  [6, 192, 1, 5, 0, 0, 0.5],
  [6, 320, 1, 5, 0.25, 1, 0.5],
];

/** The published networks (arXiv 2004.01961). */
export const AUTONL_BLOCKS: Readonly<Record<'S' | 'L', readonly Row[]>> = { S: rows(S), L: rows(L) };

export const autonlFamily: Family<typeof schema> = {
  name: 'autonl',
  schema,
  counting: 'mobile',
  build: ({ blocks, variant, ...options }) => {
    const { epsilon, momentum } = options;
    const style = { activation: 'swish', epsilon, momentum, same: variant === 'tf' } as const;
    let inputs = options.stem;
    const parts = blocks.map(({ expansion, outputs, stride, kernel, nonlocal, squeeze }) => {
      const expand = expansion !== 1;
      const channels = [Math.round(inputs * expansion)];
      const shape = { inputs, outputs, stride, kernels: [kernel], channels, expand };
      inputs = outputs;
      return new FusedBlock(shape, style, {
        squeeze,
        ...(nonlocal === undefined ? {} : { nonlocal: { ...nonlocal, variant } }),
      });
    });
    return new MobileNetwork({ ...options, last: inputs }, parts, style);
  },
  inputShape: () => [224, 224, 3],
};

/** Options of `autonl`: a published network, or blocks of one's own. */
export type AutoNLOptions = Omit<z.input<typeof schema>, 'blocks'> & { arch?: 'S' | 'L'; blocks?: Row[] };

/** AutoNL-S (default) or -L. */
export function autonl({ arch = 'S', blocks, ...options }: AutoNLOptions = {}, build?: BuildOptions): Model {
  return createModel(autonlFamily, { ...options, blocks: blocks ?? [...AUTONL_BLOCKS[arch]] }, build);
}
