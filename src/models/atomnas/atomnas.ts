import { z } from 'zod';
import { MobileNetwork, mobileOptions } from '../mobile/mobile.js';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';
import { AtomicBlock, FusedBlock } from './atomic.js';

const block = z
  .strictObject({
    outputs: z.int().positive(),
    stride: z.union([z.literal(1), z.literal(2)]).default(1),
    /** Depthwise kernel extents, one per group; a group that died is not listed. */
    kernels: z.array(z.int().positive()),
    /** Channels (atomic blocks) of each group. */
    channels: z.array(z.int().positive()),
    /** Whether a 1×1 convolution makes the channels; the first block works on its input. */
    expand: z.boolean().default(true),
  })
  .refine(({ kernels, channels }) => kernels.length === channels.length, 'give as many channels as kernels');

/** One block of an AtomNAS network. */
export type AtomNASBlock = z.output<typeof block>;

const schema = z.strictObject({
  ...mobileOptions,
  blocks: z.array(block).min(1),
  /** One expansion and projection per block instead of one per kernel size: the "+" networks. */
  fused: z.boolean().default(false),
  activation: z.enum(['relu', 'relu6', 'swish']).default('relu'),
  /** Squeeze-and-excitation's hidden channels over the block's input channels; fused blocks only. */
  squeeze: z.number().min(0).default(0),
});
export type AtomNASConfig = z.output<typeof schema>;

/** Names of the published networks (arXiv 1912.09640, table 3). */
export type AtomNASArch = 'A' | 'B' | 'C' | 'A+' | 'B+' | 'C+';

type Groups = readonly [k3: number, k5: number, k7: number];

const OUTPUTS = [
  24, 24, 24, 24, 40, 40, 40, 40, 80, 80, 80, 80, 96, 96, 96, 96, 192, 192, 192, 192, 320,
] as const;
const STRIDE_2 = [0, 4, 8, 16];

const CHANNELS: Readonly<Record<'A' | 'B' | 'C', readonly Groups[]>> = {
  A: [
    [16, 12, 9],
    [19, 2, 1],
    [9, 7, 1],
    [14, 1, 0],
    [46, 49, 50],
    [27, 19, 14],
    [22, 11, 3],
    [30, 14, 3],
    [127, 130, 111],
    [33, 25, 45],
    [38, 12, 34],
    [53, 23, 19],
    [344, 196, 168],
    [44, 18, 27],
    [37, 29, 18],
    [52, 21, 24],
    [381, 364, 342],
    [123, 76, 162],
    [179, 107, 212],
    [238, 111, 171],
    [654, 495, 546],
  ],
  B: [
    [7, 15, 17],
    [16, 4, 0],
    [17, 7, 1],
    [22, 4, 1],
    [58, 66, 67],
    [39, 24, 17],
    [22, 13, 3],
    [38, 16, 3],
    [166, 148, 151],
    [31, 43, 65],
    [41, 15, 28],
    [77, 21, 43],
    [378, 256, 204],
    [54, 31, 32],
    [54, 26, 26],
    [73, 42, 26],
    [442, 433, 430],
    [154, 112, 263],
    [234, 142, 282],
    [295, 190, 202],
    [766, 631, 671],
  ],
  C: [
    [15, 23, 13],
    [20, 3, 2],
    [21, 8, 1],
    [21, 4, 0],
    [64, 65, 70],
    [40, 23, 28],
    [36, 21, 9],
    [40, 22, 7],
    [169, 170, 157],
    [45, 55, 74],
    [58, 21, 37],
    [77, 18, 39],
    [393, 263, 247],
    [57, 40, 36],
    [61, 34, 26],
    [87, 38, 33],
    [454, 468, 468],
    [188, 137, 306],
    [253, 187, 314],
    [345, 202, 233],
    [823, 738, 749],
  ],
};
const KERNELS = [3, 5, 7] as const;

/** The block that works on the stem's channels: depthwise and projection, never searched. */
const firstBlock = (stem: number, outputs = 16, kernel = 3, stride: 1 | 2 = 1): AtomNASBlock => ({
  outputs,
  stride,
  kernels: [kernel],
  channels: [stem],
  expand: false,
});

/** The configuration of a published network. */
export function atomnasArch(arch: AtomNASArch): z.input<typeof schema> {
  const plus = arch.endsWith('+');
  const letter = arch[0] as 'A' | 'B' | 'C';
  const stem = letter === 'A' ? 16 : 32;
  const blocks = CHANNELS[letter].map((groups, index): AtomNASBlock => {
    const alive = KERNELS.map((kernel, group) => ({ kernel, count: groups[group]! })).filter(
      ({ count }) => count > 0,
    );
    return {
      outputs: OUTPUTS[index]!,
      stride: STRIDE_2.includes(index) ? 2 : 1,
      kernels: alive.map(({ kernel }) => kernel),
      channels: alive.map(({ count }) => count),
      expand: true,
    };
  });
  const style = plus ? { fused: true, activation: 'swish', squeeze: 0.5, dropout: 0.28 } : {};
  return { stem, blocks: [firstBlock(stem), ...blocks], ...style } as z.input<typeof schema>;
}

/** One line of a supernet: expansion, outputs, repeats, stride of the first, kernel sizes. */
export type SupernetRow = readonly [
  t: number,
  outputs: number,
  repeats: number,
  stride: 1 | 2,
  kernels: readonly number[],
];

const ALL = [3, 5, 7];
const SUPERNET: readonly SupernetRow[] = [
  [1, 16, 1, 1, [3]],
  [6, 24, 4, 2, ALL],
  [6, 40, 4, 2, ALL],
  [6, 80, 4, 2, ALL],
  [6, 96, 4, 1, ALL],
  [6, 192, 4, 2, ALL],
  [6, 320, 1, 1, ALL],
];

/** Blocks of the search network: every group has `t` times the block's input channels. */
export function supernetBlocks(stem: number, table: readonly SupernetRow[] = SUPERNET): AtomNASBlock[] {
  let inputs = stem;
  return table.flatMap(([t, outputs, repeats, stride, kernels]) =>
    Array.from({ length: repeats }, (_, index): AtomNASBlock => {
      const channels = kernels.map(() => inputs * t);
      inputs = outputs;
      return { outputs, stride: index === 0 ? stride : 1, kernels: [...kernels], channels, expand: t !== 1 };
    }),
  );
}

export const atomnasFamily: Family<typeof schema> = {
  name: 'atomnas',
  schema,
  counting: 'mobile',
  build: ({ blocks, fused, activation, squeeze, ...options }) => {
    const { epsilon, momentum } = options;
    const style = { activation, epsilon, momentum, same: false };
    let inputs = options.stem;
    const parts = blocks.map((spec) => {
      const shape = { ...spec, inputs };
      inputs = spec.outputs;
      return fused ? new FusedBlock(shape, style, { squeeze }) : new AtomicBlock(shape, style);
    });
    return new MobileNetwork({ ...options, last: inputs }, parts, style);
  },
  inputShape: () => [224, 224, 3],
};

export type AtomNASOptions = Partial<z.input<typeof schema>> & { readonly arch?: AtomNASArch | 'supernet' };

/** The whole configuration for a published network, the search network (`supernet`, by default) or own blocks. */
export function atomnasOptions({ arch, ...options }: AtomNASOptions = {}): z.input<typeof schema> {
  if (arch !== undefined && arch !== 'supernet') return { ...atomnasArch(arch), ...options };
  const stem = options.stem ?? 32;
  return { ...options, stem, blocks: options.blocks ?? supernetBlocks(stem) };
}

/** AtomNAS-A/B/C, the "+" networks or the search network. @example atomnas({ arch: 'C+' }) */
export function atomnas(options: AtomNASOptions = {}, build?: BuildOptions): Model {
  return createModel(atomnasFamily, atomnasOptions(options), build);
}
