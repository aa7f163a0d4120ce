import type * as tf from '@tensorflow/tfjs-core';
import { adain, type Moments } from './adain.js';
import { coarseColours, recolour } from './colour.js';

/** Whether a layer's statistics are those of colours: the first and the last of a network that recolours. */
function isColours(layer: number, layers: number, recolours: boolean): boolean {
  return recolours && (layer === 0 || layer === layers - 1);
}

/** How {@link swapLayer} goes about it. */
interface SwapOptions {
  readonly recolours: boolean;
  /** `adain`'s floor. */
  readonly floor: number;
  /** Statistics of the content at a layer, of what is given; measured picture by picture without it. */
  readonly own?: ((features: tf.Tensor4D, layer: number) => Moments) | undefined;
}

/** Gives `x`, features or at a layer of colours the picture, the statistics that `style` has for `layer`. */
export function swapLayer(
  x: tf.Tensor4D,
  layer: number,
  style: readonly Moments[],
  alpha: tf.Tensor | 1,
  { recolours, floor, own }: SwapOptions,
): tf.Tensor4D {
  const wanted = style[layer]!;
  if (isColours(layer, style.length, recolours))
    return recolour(x, wanted, alpha, own?.(coarseColours(x), layer));
  const content = own?.(x, layer);
  return adain(x, wanted, alpha, { floor, ...(content && { content }) });
}
