import { CheckpointError, ShapeError } from '../../core/errors.js';
import { fromFloat32, type NamedArray, type TensorFile, toFloat32 } from '../../io/tensors/safetensors.js';
import { parameterShapes, type StylizerConfig } from './stylizer-config.js';

const CONFIG = 'cuemix.stylizer';
/** Of the network that the parameters are for; files of another one are refused. */
const VERSION = 4;
/** Of each size, so that a hostile file cannot ask for a giant network. */
const LARGEST: StylizerConfig = {
  stem: 512,
  middle: 512,
  deep: 1024,
  blocks: 32,
  fine: 32,
  border: 64,
  head: 4096,
};

/** A stylizer as read from a file: sizes and parameters in TensorFlow's layout. */
export interface StylizerWeights {
  readonly config: StylizerConfig;
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** The arrays and metadata of a weights file: half precision, kernels `[side, side, in, out]`. */
export function packStylizer(
  config: StylizerConfig,
  values: ReadonlyMap<string, Float32Array>,
): { tensors: ReadonlyMap<string, NamedArray>; metadata: ReadonlyMap<string, string> } {
  const tensors = new Map<string, NamedArray>();
  for (const [name, shape] of parameterShapes(config)) {
    tensors.set(name, fromFloat32(values.get(name)!, shape, 'F16'));
  }
  return { tensors, metadata: new Map([[CONFIG, JSON.stringify({ version: VERSION, ...config })]]) };
}

function readConfig(text: string | undefined, name: string): StylizerConfig {
  const wrong = (reason: string): CheckpointError =>
    new CheckpointError('E_WEIGHTS', `Expected a stylizer of cuemix in ${name} but ${reason}.`);
  if (text === undefined) throw wrong(`its metadata has no ${CONFIG}`);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new CheckpointError('E_WEIGHTS', `The metadata ${CONFIG} of ${name} is not JSON.`, { cause });
  }
  if (typeof parsed !== 'object' || parsed === null) throw wrong(`its ${CONFIG} is no object`);
  const given = new Map<string, unknown>(Object.entries(parsed));
  const version = given.get('version') ?? 1;
  if (version !== VERSION) {
    throw wrong(
      `it is for version ${JSON.stringify(version)} of the network, not ${VERSION}; train it again`,
    );
  }
  const size = (key: keyof StylizerConfig, least: number): number => {
    const value = given.get(key);
    if (typeof value !== 'number' || !Number.isInteger(value) || value < least || value > LARGEST[key]) {
      throw wrong(
        `its ${key} is ${JSON.stringify(value)}, not a whole number from ${least} to ${LARGEST[key]}`,
      );
    }
    return value;
  };
  const border = size('border', 0);
  if (border % 8 !== 0) throw wrong(`its border ${border} is no multiple of 8`);
  return {
    stem: size('stem', 1),
    middle: size('middle', 1),
    deep: size('deep', 1),
    blocks: size('blocks', 0),
    fine: size('fine', 0),
    border,
    head: size('head', 1),
  };
}

/** Reads what `packStylizer` wrote. Throws `CheckpointError` or `ShapeError` for anything else. */
export function unpackStylizer(file: TensorFile, name: string): StylizerWeights {
  const config = readConfig(file.metadata.get(CONFIG), name);
  const values = new Map<string, Float32Array>();
  for (const [parameter, shape] of parameterShapes(config)) {
    const array = file.tensors.get(parameter);
    if (!array) throw new CheckpointError('E_WEIGHTS', `Expected ${parameter} in ${name}; it is missing.`);
    if (`${array.shape}` !== `${shape}`) throw new ShapeError(parameter, shape, array.shape, name);
    values.set(parameter, toFloat32(array));
  }
  return { config, values };
}
