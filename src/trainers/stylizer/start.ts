import { type TensorFile, toFloat32 } from '../../io/tensors/safetensors.js';
import {
  initialParameters,
  parameterShapes,
  type StylizerConfig,
} from '../../styletransfer/network/stylizer-config.js';

/** The second convolution of a residual block: with zeros the block changes nothing. */
const SECOND = /^(blocks|fine)\.\d+\.1\.weight$/;

/**
 * Parameters that a training begins with: random ones, or those of a weights file where name and shape fit. Residual
 * blocks that the file lacks then change nothing at first, as the head does, so that a trained network can grow.
 */
export function startParameters(
  config: StylizerConfig,
  seed: number,
  file?: TensorFile,
): ReadonlyMap<string, Float32Array> {
  const random = initialParameters(config, seed);
  if (!file) return random;
  const values = new Map<string, Float32Array>();
  for (const [name, shape] of parameterShapes(config)) {
    const found = file.tensors.get(name);
    const drawn = random.get(name)!;
    if (found && `${found.shape}` === `${shape}`) values.set(name, toFloat32(found));
    else values.set(name, SECOND.test(name) ? drawn.fill(0) : drawn);
  }
  return values;
}
