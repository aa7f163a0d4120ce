import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type * as tf from '@tensorflow/tfjs-core';
import { openEngine, type Precision } from '../../engine/index.js';
import { readWeights } from '../../io/tensors/weights.js';
import { moments } from './adain.js';
import { COLOUR_CHANNELS, COLOUR_SCALE } from './colour.js';
import { compiledModel } from './compiled-model.js';
import type { LayerVisitor, StyleNetwork } from './network.js';
import type { ParameterOf } from './parameters.js';
import type { StyleModel } from './style-model.js';
import {
  encodeStyle,
  STYLIZER_FLOOR,
  STYLIZER_MULTIPLE,
  stylizerForward,
  stylizerReach,
} from './stylizer.js';
import { layerScale, normalisedLayers, parameterShapes } from './stylizer-config.js';
import { foldParameter } from './stylizer-fold.js';
import { NOISE_SCALES, noiseWindow, tiledNoise } from './stylizer-noise.js';
import { unpackStylizer } from './stylizer-weights.js';
import { type TensorStylizer, tensorStylizer } from './tensor-stylizer.js';
import { vggDecode, vggEncode, vggShapes } from './vgg.js';
import { readVgg } from './vgg-weights.js';

export type { StyleModel } from './style-model.js';

/** The weights that come with the package. */
export const EMBEDDED_WEIGHTS = fileURLToPath(
  new URL('../../../weights/stylizer.safetensors', import.meta.url),
);

export interface EmbeddedOptions {
  readonly path: 'embedded';
  /** A file of `cuemix train-stylizer`; default the one in the package. */
  readonly weights?: string;
  /** `auto` (default): bf16 where the processor computes it, so always the same on one machine. */
  readonly precision?: Precision;
}

export interface VggOptions {
  readonly path: 'vgg';
  /** `vgg_normalised.pth` and `decoder.pth` of the published AdaIN code, or safetensors with the same names. */
  readonly encoder: string;
  readonly decoder: string;
  readonly precision?: Precision;
}

export type StylizerOptions = EmbeddedOptions | VggOptions;

const VGG_CHANNELS = 512;
/** How far a result of the VGG path depends on the picture: encoder 37 pixels, decoder 36. */
const VGG_REACH = 80;

async function fingerprint(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  for (const path of paths) hash.update(await readFile(path));
  return hash.digest('hex').slice(0, 12);
}

/**
 * Loads a stylizer and opens the engine if it is not open yet.
 * @throws CheckpointError, ShapeError for a file that is none; EngineError for bf16 where it is not computed
 */
export async function loadStylizer(options: StylizerOptions): Promise<StyleModel> {
  return compiledModel(await loadNetwork(options));
}

/**
 * The same as tensor functions, for a training loop or a compiled step of one's own; `precision` is then the step's.
 * @throws CheckpointError, ShapeError for a file that is none
 */
export async function loadTensorStylizer(
  options: StylizerOptions = { path: 'embedded' },
): Promise<TensorStylizer> {
  return tensorStylizer(await loadNetwork(options));
}

/** A style network as functions and values. Opens the engine. Throws CheckpointError, ShapeError. */
export async function loadNetwork(options: StylizerOptions): Promise<StyleNetwork> {
  const engine = await openEngine();
  const chosen = options.precision ?? 'auto';
  const precision = chosen === 'auto' ? (engine.compiles && engine.bf16 ? 'bf16' : 'fp32') : chosen;
  if (options.path === 'embedded') {
    const file = options.weights ?? EMBEDDED_WEIGHTS;
    const { config: sizes, values } = unpackStylizer(await readWeights(file), file);
    const config = { ...sizes, folded: true };
    const trained = parameterShapes(config);
    const folded = new Map(
      Array.from(values, ([name, value]) => [name, foldParameter(name, value, trained.get(name)!)]),
    );
    return {
      name: `embedded:${await fingerprint([file])}`,
      multiple: STYLIZER_MULTIPLE,
      precision,
      channels: [COLOUR_CHANNELS, ...normalisedLayers(config), COLOUR_CHANNELS],
      scales: [COLOUR_SCALE, ...layerScale(config), COLOUR_SCALE],
      shapes: new Map(Array.from(folded, ([name, { shape }]) => [name, shape])),
      values: new Map(Array.from(folded, ([name, { values: all }]) => [name, all])),
      encode: (parameter, image) => encodeStyle(parameter, config, image),
      forward: (parameter, image, visit, noise) => stylizerForward(parameter, config, image, visit, noise),
      floor: STYLIZER_FLOOR,
      recolours: true,
      noise: {
        scales: NOISE_SCALES,
        whole: tiledNoise,
        window: (...part) => noiseWindow(values.get('noise')!, ...part),
      },
      frame: config.border,
      reach: stylizerReach(config),
      framed: (parameter, image, visit, noise) =>
        stylizerForward(parameter, { ...config, border: 0 }, image, visit, noise),
    };
  }
  const { encoder, decoder } = options;
  const values = new Map([
    ...readVgg('vgg', await readWeights(encoder), encoder),
    ...readVgg('decoder', await readWeights(decoder), decoder),
  ]);
  return vggNetwork(`vgg:${await fingerprint([encoder, decoder])}`, precision, values);
}

/** The AdaIN network of arXiv 1703.06868 with the parameters of `vggShapes`. */
export function vggNetwork(
  name: string,
  precision: StyleNetwork['precision'],
  values: ReadonlyMap<string, Float32Array>,
): StyleNetwork {
  return {
    name,
    multiple: 8,
    precision,
    channels: [VGG_CHANNELS],
    scales: [8],
    shapes: new Map([...vggShapes('vgg'), ...vggShapes('decoder')]),
    values,
    encode: (parameter, image) => [moments(vggEncode(parameter, image))],
    forward: vggForward,
    frame: 0,
    reach: VGG_REACH,
    framed: vggForward,
  };
}

const vggForward = (parameter: ParameterOf, image: tf.Tensor4D, visit: LayerVisitor): tf.Tensor4D =>
  vggDecode(parameter, visit(vggEncode(parameter, image), 0));
