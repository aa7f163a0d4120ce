import type { Extents } from './picture.js';

const TAN_22 = Math.tan(Math.PI / 8);
const TAN_67 = Math.tan((3 * Math.PI) / 8);

/**
 * Edges of a grey picture: 1 on an edge, else 0 (Canny 1986, as OpenCV's with 3 by 3 Sobel filters and the sum of
 * absolute gradients).
 *
 * @param weak gradient that continues an edge; @param strong gradient that starts one
 */
export function canny(
  grey: Uint8Array,
  { height, width }: Extents,
  weak: number,
  strong: number,
): Uint8Array {
  const { dx, dy } = sobel(grey, height, width);
  const gradient = dx.map((value, i) => Math.abs(value) + Math.abs(dy[i]!));
  const at = (y: number, x: number) => {
    return y < 0 || y >= height || x < 0 || x >= width ? 0 : gradient[y * width + x]!;
  };
  const ridge = new Uint8Array(grey.length); // 1: may continue an edge, 2: on an edge
  const stack: number[] = [];
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const value = gradient[i]!;
      if (value <= weak) continue;
      const [across, down] = [Math.abs(dx[i]!), Math.abs(dy[i]!)];
      let highest: boolean;
      if (down < TAN_22 * across) highest = value > at(y, x - 1) && value >= at(y, x + 1);
      else if (down > TAN_67 * across) highest = value > at(y - 1, x) && value >= at(y + 1, x);
      else {
        const slope = dx[i]! < 0 !== dy[i]! < 0 ? -1 : 1;
        highest = value > at(y - 1, x - slope) && value > at(y + 1, x + slope);
      }
      if (!highest) continue;
      ridge[i] = value > strong ? 2 : 1;
      if (value > strong) stack.push(i);
    }
  }
  follow(ridge, stack, height, width);
  return ridge.map((value) => (value === 2 ? 1 : 0));
}

/** Marks every weak ridge that touches an edge. */
function follow(ridge: Uint8Array, stack: number[], height: number, width: number): void {
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const [y, x] = [Math.floor(i / width), i % width];
    for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
      for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
        if (ridge[v * width + u] !== 1) continue;
        ridge[v * width + u] = 2;
        stack.push(v * width + u);
      }
    }
  }
}

function sobel(grey: Uint8Array, height: number, width: number): { dx: Int32Array; dy: Int32Array } {
  const dx = new Int32Array(grey.length);
  const dy = new Int32Array(grey.length);
  for (let y = 0, i = 0; y < height; y++) {
    const up = Math.max(0, y - 1) * width;
    const here = y * width;
    const down = Math.min(height - 1, y + 1) * width;
    for (let x = 0; x < width; x++, i++) {
      const left = Math.max(0, x - 1);
      const right = Math.min(width - 1, x + 1);
      const column = (c: number) => grey[up + c]! + 2 * grey[here + c]! + grey[down + c]!;
      const row = (r: number) => grey[r + left]! + 2 * grey[r + x]! + grey[r + right]!;
      dx[i] = column(right) - column(left);
      dy[i] = row(down) - row(up);
    }
  }
  return { dx, dy };
}

/** Steps of a king and of a knight in OpenCV's approximation of Euclidean distances by paths: [x, y, length]. */
const STEPS = [
  [-1, -2, 2.1969],
  [1, -2, 2.1969],
  [-2, -1, 2.1969],
  [-1, -1, 1.4],
  [0, -1, 1],
  [1, -1, 1.4],
  [2, -1, 2.1969],
  [-1, 0, 1],
] as const;

/** Distance of each pixel to the nearest edge, in pixels; very large where there is none. */
export function distanceToEdges(edges: Uint8Array, { height, width }: Extents): Float32Array {
  const stride = width + 4; // a margin of two pixels takes the steps over the border
  const far = new Float32Array(stride * (height + 4)).fill(1e6);
  for (let i = 0; i < edges.length; i++) {
    if (edges[i] === 1) far[(Math.floor(i / width) + 2) * stride + (i % width) + 2] = 0;
  }
  const offsets = STEPS.map(([dx, dy]) => dy * stride + dx);
  const relax = (place: number, sign: 1 | -1) => {
    let best = far[place]!;
    for (let k = 0; k < STEPS.length; k++)
      best = Math.min(best, far[place + sign * offsets[k]!]! + STEPS[k]![2]);
    far[place] = best;
  };
  for (let y = 2; y < height + 2; y++) for (let x = 2; x < width + 2; x++) relax(y * stride + x, 1);
  for (let y = height + 1; y >= 2; y--) for (let x = width + 1; x >= 2; x--) relax(y * stride + x, -1);
  const out = new Float32Array(edges.length);
  for (let y = 0; y < height; y++) {
    const row = (y + 2) * stride + 2;
    out.set(far.subarray(row, row + width), y * width);
  }
  return out;
}
