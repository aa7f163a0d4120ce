import type { ConvSpec, Padding } from './ops.js';
import type { Shape } from './shape.js';

/** TensorFlow's SAME rule: as little as makes `ceil(extent / stride)` positions, the odd zero at the end. */
export function samePadding(extent: number, kernel: number, stride: number): Padding {
  const total = Math.max(0, (Math.ceil(extent / stride) - 1) * stride + kernel - extent);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

/** The zeros that `spec` asks for on axes of the given extents. */
export function resolvePadding(
  space: Shape,
  spec: Pick<ConvSpec, 'kernel' | 'stride' | 'padding'>,
): readonly Padding[] {
  if (spec.padding !== 'same') return spec.padding;
  return space.map((extent, axis) => samePadding(extent, spec.kernel[axis]!, spec.stride[axis]!));
}
