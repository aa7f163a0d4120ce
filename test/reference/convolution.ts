import type { Padding, Shape } from '../../src/models/index.js';
import type { Value } from './tape.js';

/** A convolution as loops over three spatial axes; 2D ones have a depth of 1. */
export interface Loops {
  readonly batch: number;
  readonly space: Shape;
  readonly outSpace: Shape;
  readonly kernel: Shape;
  readonly stride: Shape;
  readonly padding: readonly Padding[];
  readonly inputs: number;
  readonly outputs: number;
  readonly groups: number;
}

/** Calls `visit` for every pair of an output position and an input position under a kernel position. */
function eachTap(
  { batch, space, outSpace, kernel, stride, padding }: Loops,
  visit: (x: number, y: number, k: number) => void,
): void {
  const [D, H, W] = space as [number, number, number];
  const [OD, OH, OW] = outSpace as [number, number, number];
  const [KD, KH, KW] = kernel as [number, number, number];
  for (let b = 0; b < batch; b++) {
    for (let od = 0; od < OD; od++) {
      for (let oh = 0; oh < OH; oh++) {
        for (let ow = 0; ow < OW; ow++) {
          const y = ((b * OD + od) * OH + oh) * OW + ow;
          for (let kd = 0; kd < KD; kd++) {
            const d = od * stride[0]! + kd - padding[0]![0];
            if (d < 0 || d >= D) continue;
            for (let kh = 0; kh < KH; kh++) {
              const h = oh * stride[1]! + kh - padding[1]![0];
              if (h < 0 || h >= H) continue;
              for (let kw = 0; kw < KW; kw++) {
                const w = ow * stride[2]! + kw - padding[2]![0];
                if (w < 0 || w >= W) continue;
                visit(((b * D + d) * H + h) * W + w, y, (kd * KH + kh) * KW + kw);
              }
            }
          }
        }
      }
    }
  }
}

/** Output numbers. */
export function convolve(x: Float64Array, weight: Float64Array, loops: Loops): Float64Array {
  const { batch, outSpace, inputs, outputs, groups } = loops;
  const positions = outSpace.reduce((product, extent) => product * extent, batch);
  const out = new Float64Array(positions * outputs);
  const [perIn, perOut] = [inputs / groups, outputs / groups];
  eachTap(loops, (xAt, yAt, k) => {
    for (let i = 0; i < inputs; i++) {
      const value = x[xAt * inputs + i]!;
      const group = Math.floor(i / perIn);
      const row = (k * perIn + (i % perIn)) * outputs + group * perOut;
      const to = yAt * outputs + group * perOut;
      for (let o = 0; o < perOut; o++) out[to + o]! += value * weight[row + o]!;
    }
  });
  return out;
}

/** Adds to the gradients of input and kernel. */
export function convolveBackward(x: Value, weight: Value, grad: Float64Array, loops: Loops): void {
  const { inputs, outputs, groups } = loops;
  const [perIn, perOut] = [inputs / groups, outputs / groups];
  eachTap(loops, (xAt, yAt, k) => {
    for (let i = 0; i < inputs; i++) {
      const at = xAt * inputs + i;
      const value = x.data[at]!;
      const group = Math.floor(i / perIn);
      const row = (k * perIn + (i % perIn)) * outputs + group * perOut;
      const from = yAt * outputs + group * perOut;
      let sum = 0;
      for (let o = 0; o < perOut; o++) {
        const slope = grad[from + o]!;
        sum += slope * weight.data[row + o]!;
        weight.grad[row + o]! += slope * value;
      }
      x.grad[at]! += sum;
    }
  });
}
