import { CheckpointError, ShapeError } from '../../core/errors.js';
import { fromFloat32, type NamedArray, type TensorFile, toFloat32 } from '../../io/tensors/safetensors.js';
import { vggShapes } from './vgg.js';

/** `[out, in, side, side]` of the official files to `[side, side, in, out]`. */
export function toKernel(values: Float32Array, [side, , from, to]: readonly number[]): Float32Array {
  const area = side! * side!;
  const result = new Float32Array(values.length);
  for (let out = 0; out < to!; out++) {
    for (let input = 0; input < from!; input++) {
      for (let at = 0; at < area; at++) {
        result[(at * from! + input) * to! + out] = values[(out * from! + input) * area + at]!;
      }
    }
  }
  return result;
}

/** The inverse of `toKernel`; the same `[side, side, in, out]` shape is given. */
export function fromKernel(values: Float32Array, [side, , from, to]: readonly number[]): Float32Array {
  const area = side! * side!;
  const result = new Float32Array(values.length);
  for (let out = 0; out < to!; out++) {
    for (let input = 0; input < from!; input++) {
      for (let at = 0; at < area; at++) {
        result[(out * from! + input) * area + at] = values[(at * from! + input) * to! + out]!;
      }
    }
  }
  return result;
}

/**
 * Reads the encoder (`vgg_normalised.pth`) or the decoder (`decoder.pth`) of the published AdaIN code: names
 * `<index>.weight`, or `vgg.<index>.weight` / `decoder.<index>.weight`; what lies beyond relu4_1 is left out.
 * Returns parameters in TensorFlow's layout under `vgg.` / `decoder.` names.
 * @throws CheckpointError E_WEIGHTS for a missing tensor, ShapeError for another shape
 */
export function readVgg(
  part: 'vgg' | 'decoder',
  file: TensorFile,
  name: string,
): ReadonlyMap<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [parameter, shape] of vggShapes(part)) {
    const short = parameter.slice(part.length + 1);
    const array = file.tensors.get(parameter) ?? file.tensors.get(short);
    if (!array) {
      throw new CheckpointError(
        'E_WEIGHTS',
        `Expected ${short} (or ${parameter}) in ${name}; it is missing.`,
      );
    }
    const [side, , from, to] = shape;
    const official = shape.length === 4 ? [to!, from!, side!, side!] : shape;
    if (`${array.shape}` !== `${official}`) throw new ShapeError(parameter, official, array.shape, name);
    const numbers = toFloat32(array);
    values.set(parameter, shape.length === 4 ? toKernel(numbers, shape) : numbers);
  }
  return values;
}

/** The arrays of an official file, float32, names `<index>.weight`: for `writePth` and `writeSafetensors`. */
export function packVgg(
  part: 'vgg' | 'decoder',
  values: ReadonlyMap<string, Float32Array>,
): ReadonlyMap<string, NamedArray> {
  const tensors = new Map<string, NamedArray>();
  for (const [parameter, shape] of vggShapes(part)) {
    const numbers = values.get(parameter)!;
    const [side, , from, to] = shape;
    const array =
      shape.length === 4
        ? fromFloat32(fromKernel(numbers, shape), [to!, from!, side!, side!])
        : fromFloat32(numbers, shape);
    tensors.set(parameter.slice(part.length + 1), array);
  }
  return tensors;
}
