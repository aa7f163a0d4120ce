import { Rng } from '../../core/rng.js';
import { COLOUR_CHANNELS } from './colour.js';
import { drawNoise, NOISE_CHANNELS, NOISE_TILE } from './stylizer-noise.js';

/** The sizes of an embedded stylizer; stored with its weights, so that a file rebuilds its network. */
export interface StylizerConfig {
  /** Channels at half the picture's side. */
  readonly stem: number;
  /** Channels at a quarter. */
  readonly middle: number;
  /** Channels at an eighth, where the first residual blocks are. */
  readonly deep: number;
  /** Residual blocks at an eighth. */
  readonly blocks: number;
  /** Residual blocks at a quarter, on the way back. */
  readonly fine: number;
  /** Pixels of reflected border that the picture gets and the result loses; a multiple of 8. */
  readonly border: number;
  /** Hidden units of the head that corrects a style's statistics. */
  readonly head: number;
}

/** Sizes, and whether the parameters given are `folded` ones. */
export interface StylizerForm extends StylizerConfig {
  readonly folded?: boolean;
}

export const defaultStylizer: StylizerConfig = {
  stem: 32,
  middle: 64,
  deep: 128,
  blocks: 4,
  fine: 2,
  border: 8,
  head: 256,
};

const repeated = (count: number, value: number): number[] => Array.from({ length: count }, () => value);

/** Pixels per position of each normalised layer. */
export function layerScale({ blocks, fine }: StylizerConfig): readonly number[] {
  return [4, 8, ...repeated(blocks, 8), 4, ...repeated(fine, 4), 2];
}

/** Where in the network statistics are swapped, in the order of the forward pass, with the channels of each. */
export function normalisedLayers({ stem, middle, deep, blocks, fine }: StylizerConfig): readonly number[] {
  return [middle, deep, ...repeated(blocks, deep), middle, ...repeated(fine, middle), stem];
}

/** The normalised layers that get noise before their swap, with the convolution that it comes through. */
export function noisyLayers({
  blocks,
  fine,
}: StylizerConfig): ReadonlyMap<number, { name: string; scale: number }> {
  const join = 2 + blocks;
  const layers = new Map([[1, { name: 'noise.0', scale: 8 }]]);
  if (blocks > 0) layers.set(2, { name: 'noise.1', scale: 8 });
  layers.set(join, { name: 'noise.2', scale: 4 });
  if (fine > 0) layers.set(join + 1, { name: 'noise.3', scale: 4 });
  return layers;
}

/** One convolution: kernel side, channels in and out. */
interface ConvolutionSize {
  readonly side: number;
  readonly from: number;
  readonly to: number;
}

/** Colours of a sub-pixel block of 2×2: the last convolution's channels. */
const SUBPIXELS = 12;

/** Every convolution of the network by name. */
export function convolutions({
  stem,
  middle,
  deep,
  blocks,
  fine,
}: StylizerConfig): ReadonlyMap<string, ConvolutionSize> {
  const residual = (group: string, count: number, channels: number): (readonly [string, ConvolutionSize])[] =>
    Array.from({ length: 2 * count }, (_, index) => [
      `${group}.${index >> 1}.${index % 2}`,
      { side: 3, from: channels, to: channels },
    ]);
  return new Map<string, ConvolutionSize>([
    ['stem', { side: 6, from: 3, to: stem }],
    ['down.0', { side: 4, from: stem, to: middle }],
    ['down.1', { side: 4, from: middle, to: deep }],
    ...residual('blocks', blocks, deep),
    ['up.0', { side: 3, from: deep, to: middle }],
    ['up.1', { side: 3, from: middle, to: middle }],
    ['skip.0', { side: 1, from: middle, to: middle }],
    ...residual('fine', fine, middle),
    ['up.2', { side: 3, from: middle, to: stem }],
    ['skip.1', { side: 1, from: stem, to: stem }],
    ['out', { side: 3, from: stem, to: SUBPIXELS }],
  ]);
}

/** Shapes of the head: from all statistics of a style to changes of those of the normalised layers. */
function headShapes(config: StylizerConfig): [string, readonly number[]][] {
  const outputs = 2 * normalisedLayers(config).reduce((sum, count) => sum + count, 0);
  return [
    ['head.0.weight', [outputs + 2 * COLOUR_CHANNELS, config.head]],
    ['head.0.bias', [config.head]],
    ['head.1.weight', [config.head, outputs]],
    ['head.1.bias', [outputs]],
  ];
}

/**
 * Shapes of all parameters: `<name>.weight` `[side, side, in, out]` and `<name>.bias` `[out]`, `noise.<n>.weight`
 * without a bias, `head.<n>.weight` `[in, out]` with a bias, and `noise`, the tile, which nothing trains.
 */
export function parameterShapes(config: StylizerConfig): ReadonlyMap<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, { side, from, to }] of convolutions(config)) {
    shapes.set(`${name}.weight`, [side, side, from, to]);
    shapes.set(`${name}.bias`, [to]);
  }
  const channels = normalisedLayers(config);
  for (const [layer, { name }] of noisyLayers(config)) {
    shapes.set(`${name}.weight`, [1, 1, NOISE_CHANNELS, channels[layer]!]);
  }
  for (const [name, shape] of headShapes(config)) shapes.set(name, shape);
  return shapes.set('noise', [NOISE_TILE, NOISE_TILE, NOISE_CHANNELS]);
}

/**
 * Random parameters: He-normal, the second half of each residual block a fifth of that. The last convolution
 * starts with equal kernels for the four pixels of a block, so that no grid is there to be unlearned
 * (arXiv 1707.02937), and with mid-grey. The head starts with changing nothing.
 */
export function initialParameters(config: StylizerConfig, seed: number): ReadonlyMap<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(config)) {
    const rng = Rng.of(seed).at('stylizer', name);
    if (name === 'noise') {
      values.set(name, drawNoise(rng));
      continue;
    }
    const size = shape.reduce((product, extent) => product * extent, 1);
    if (shape.length === 1) {
      values.set(name, new Float32Array(size).fill(name === 'out.bias' ? 0.5 : 0));
      continue;
    }
    if (name === 'head.1.weight') {
      values.set(name, new Float32Array(size));
      continue;
    }
    const fan = size / shape.at(-1)!;
    const gain =
      /^(blocks|fine)\.\d+\.1\./.test(name) || name.startsWith('noise.')
        ? 0.2
        : name.startsWith('out.')
          ? 0.25
          : 1;
    const deviation = gain * Math.sqrt(2 / fan);
    const weights = Float32Array.from({ length: size }, () => rng.normal(0, deviation));
    if (name.startsWith('out.')) {
      for (let at = 0; at < size; at++) weights[at] = weights[at - (at % SUBPIXELS) + (at % 3)]!;
    }
    values.set(name, weights);
  }
  return values;
}
