import { z } from 'zod';
import { conv2d, Linear, Sequential } from './layers/layers.js';
import { Module } from './layers/module.js';
import { createNorm, type NormFactory, type NormPosition, normConfig, routesConfig } from './layers/norm.js';
import type { Ops } from './layers/ops.js';
import { type BuildOptions, createModel, type Family, type Model } from './model.js';

const DEPTHS = {
  18: { block: 'basic', layers: [2, 2, 2, 2] },
  34: { block: 'basic', layers: [3, 4, 6, 3] },
  50: { block: 'bottleneck', layers: [3, 4, 6, 3] },
  101: { block: 'bottleneck', layers: [3, 4, 23, 3] },
  152: { block: 'bottleneck', layers: [3, 8, 36, 3] },
} as const;
const PLANES = [64, 128, 256, 512] as const;

const blocks = z.int().positive().max(1000);
const schema = z
  .strictObject({
    /** A standard depth; or give `block` and `layers`. */
    depth: z.union([z.literal(18), z.literal(34), z.literal(50), z.literal(101), z.literal(152)]).optional(),
    block: z.enum(['basic', 'bottleneck']).optional(),
    /** Blocks per stage. */
    layers: z.tuple([blocks, blocks, blocks, blocks]).optional(),
    classes: z.int().positive().default(1000),
    /** ResNeXt: number of groups and their width at 64 planes, as in "32x4d"; bottlenecks only. */
    groups: z.int().positive().default(1),
    baseWidth: z.int().positive().default(64),
    norm: normConfig.default('batch'),
    routes: routesConfig.default(['main']),
    /** `imagenet`: 7×7 stride 2 and max-pool; `small`: 3×3 stride 1, for pictures of about 32 pixels. */
    stem: z.enum(['imagenet', 'small']).default('imagenet'),
  })
  .refine(
    ({ depth, block, layers }) => (depth === undefined) === (block !== undefined && layers !== undefined),
    {
      message: 'give either depth, or both block and layers',
    },
  );
type Options = z.output<typeof schema>;

/** Options of `resnet`. */
export type ResNetOptions = z.input<typeof schema>;

interface BlockOptions {
  readonly inputs: number;
  readonly planes: number;
  readonly stride: number;
  readonly groups: number;
  readonly baseWidth: number;
  readonly norm: NormFactory;
}

/** The 1×1 convolution and norm that make the input fit; nothing when it fits already. */
function shortcut({ inputs, stride, norm }: BlockOptions, outputs: number): Sequential {
  if (stride === 1 && inputs === outputs) return new Sequential([]);
  return new Sequential([
    conv2d(inputs, outputs, 1, { stride }),
    norm({ channels: outputs, position: 'shortcut' }).module,
  ]);
}

/** Two 3×3 convolutions; the first carries the stride. */
class BasicBlock extends Module {
  readonly outputs: number;
  readonly #parts: readonly [Module, Module, Module, Module];
  readonly #shortcut: Module;

  constructor(options: BlockOptions) {
    super();
    const { inputs, planes, stride, norm } = options;
    const addNorm = (index: number, position: NormPosition) => {
      const { prefix, module } = norm({ channels: planes, position });
      return this.child(`${prefix}${index}`, module);
    };
    this.outputs = planes;
    this.#parts = [
      this.child('conv1', conv2d(inputs, planes, 3, { stride })),
      addNorm(1, 'first'),
      this.child('conv2', conv2d(planes, planes, 3)),
      addNorm(2, 'second'),
    ];
    this.#shortcut = this.child('downsample', shortcut(options, planes));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const [conv1, norm1, conv2, norm2] = this.#parts;
    const y = ops.relu(norm1.apply(ops, conv1.apply(ops, x)));
    return ops.relu(ops.add(norm2.apply(ops, conv2.apply(ops, y)), this.#shortcut.apply(ops, x)));
  }
}

/** 1×1, 3×3 (stride and groups), 1×1 to four times the planes. */
class Bottleneck extends Module {
  readonly outputs: number;
  readonly #stages: readonly (readonly [conv: Module, norm: Module])[];
  readonly #shortcut: Module;

  constructor(options: BlockOptions) {
    super();
    const { inputs, planes, stride, groups, baseWidth, norm } = options;
    const width = Math.floor((planes * baseWidth) / 64) * groups;
    this.outputs = planes * 4;
    const convs = [
      conv2d(inputs, width, 1),
      conv2d(width, width, 3, { stride, groups }),
      conv2d(width, this.outputs, 1),
    ];
    const positions: readonly NormPosition[] = ['first', 'second', 'third'];
    this.#stages = convs.map((conv, index) => {
      const { prefix, module } = norm({ channels: conv.spec.outputs, position: positions[index]! });
      return [this.child(`conv${index + 1}`, conv), this.child(`${prefix}${index + 1}`, module)] as const;
    });
    this.#shortcut = this.child('downsample', shortcut(options, this.outputs));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const residual = this.#stages.reduce((value, [conv, norm], index) => {
      const y = norm.apply(ops, conv.apply(ops, value));
      return index < 2 ? ops.relu(y) : y;
    }, x);
    return ops.relu(ops.add(residual, this.#shortcut.apply(ops, x)));
  }
}

/** ResNet "v1.5" (arXiv 1512.03385 with the stride in the 3×3) and ResNeXt (arXiv 1611.05431), torchvision's names. */
class ResNet extends Module {
  readonly #pools: boolean;
  readonly #stem: readonly [Module, Module];
  readonly #body: Module;
  readonly #head: Linear;

  constructor(options: Options) {
    super();
    const { block, layers } = options.depth === undefined ? options : DEPTHS[options.depth];
    const norm = createNorm(options.norm, options.routes);
    const { groups, baseWidth } = options;
    this.#pools = options.stem === 'imagenet';
    const conv = this.#pools ? conv2d(3, 64, 7, { stride: 2 }) : conv2d(3, 64, 3);
    const first = norm({ channels: 64, position: 'stem' });
    this.#stem = [this.child('conv1', conv), this.child(`${first.prefix}1`, first.module)];
    const Kind = block === 'basic' ? BasicBlock : Bottleneck;
    let inputs = 64;
    const stages = layers!.map((count, stage) => {
      const parts = Array.from({ length: count }, (_, index) => {
        const stride = stage > 0 && index === 0 ? 2 : 1;
        const part = new Kind({ inputs, planes: PLANES[stage]!, stride, groups, baseWidth, norm });
        inputs = part.outputs;
        return part;
      });
      return this.child(`layer${stage + 1}`, new Sequential(parts));
    });
    this.#body = new Sequential(stages);
    this.#head = this.child('fc', new Linear(inputs, options.classes));
  }

  apply<V>(ops: Ops<V>, x: V): V {
    const [conv, norm] = this.#stem;
    const stem = ops.relu(norm.apply(ops, conv.apply(ops, x)));
    const pool = {
      kernel: [3, 3],
      stride: [2, 2],
      padding: [
        [1, 1],
        [1, 1],
      ],
    } as const;
    const features = this.#body.apply(ops, this.#pools ? ops.maxPool(stem, pool) : stem);
    return this.#head.apply(ops, ops.mean(features, [1, 2], false));
  }
}

export const resnetFamily: Family<typeof schema> = {
  name: 'resnet',
  schema,
  counting: 'plain',
  build: (options) => new ResNet(options),
  inputShape: ({ stem }) => (stem === 'imagenet' ? [224, 224, 3] : [32, 32, 3]),
};

/**
 * ResNet-18/34/50/101/152 or ResNeXt with plain, MixBN (`routes: ['main', 'aux']`) or BNET norms.
 *
 * @example const model = resnet({ depth: 18, classes: 16, routes: ['main', 'aux'] }, { seed: 1 });
 */
export function resnet(options: ResNetOptions, build?: BuildOptions): Model {
  return createModel(resnetFamily, options, build);
}
