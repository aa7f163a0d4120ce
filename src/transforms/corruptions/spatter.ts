import { fold } from '../convolve.js';
import { normals } from '../fields.js';
import { canny, distanceToEdges } from './edges.js';
import { at, type Corruption, type Extents, repaint, soften } from './picture.js';

const WATER = [175, 238, 238];
const MUD = [63, 42, 20];
/** Weights of red, green and blue in the splashes on grey pictures. */
const GREY = [0.2989, 0.587, 0.114];

/** Drops of water (severity 1 to 3) or mud (4 and 5) on the lens. */
export const spatter: Corruption = (severity, extents, rng) => {
  const [mean, deviation, sigma, threshold, strength] = at(severity, [
    [0.65, 0.3, 4, 0.69, 0.6],
    [0.65, 0.3, 3, 0.68, 0.6],
    [0.65, 0.3, 2, 0.68, 0.5],
    [0.65, 0.3, 1, 0.65, 1.5],
    [0.67, 0.4, 1, 0.65, 1.5],
  ]);
  const { height, width } = extents;
  const noise = normals(rng, height * width, mean, deviation);
  const field = soften({ height, width, channels: 1, data: noise }, sigma).data;
  const liquid = field.map((value) => (value < threshold ? 0 : value));
  const mud = severity >= 4;
  const layer = mud ? splashes(liquid, extents, strength) : drops(liquid, extents, strength);
  const colour = mud ? MUD : WATER;
  const grey = colour.reduce((sum, value, c) => sum + value * GREY[c]!, 0);
  return (picture) => {
    const { channels, data } = picture;
    return repaint(
      picture,
      data.map((value, index) => {
        const amount = layer[Math.floor(index / channels)]!;
        const paint = channels === 3 ? colour[index % 3]! : grey;
        return (mud ? value * (1 - amount) : value) + amount * paint;
      }),
    );
  };
};

/** Opaque blots: softened, and only their middles kept. */
function splashes(liquid: Float32Array, { height, width }: Extents, sigma: number): Float32Array {
  const data = liquid.map((value) => (value > 0 ? 1 : 0));
  return soften({ height, width, channels: 1, data }, sigma).data.map((value) => (value < 0.8 ? 0 : value));
}

/** Rims and shine of drops: an embossed map of the distance to their edges, strongest value `strength`. */
function drops(liquid: Float32Array, extents: Extents, strength: number): Float32Array {
  const bytes = Uint8Array.from(liquid, (value) => Math.min(255, Math.trunc(value * 255)));
  const distance = distanceToEdges(canny(bytes, extents, 50, 150), extents);
  const near = distance.map((value) => Math.min(20, value));
  const flat = equalised(mean3(near, extents).map(Math.trunc));
  const embossed = correlate3(flat, extents, [-2, -1, 0, -1, 1, 1, 0, 1, 2]).map((value) => {
    return Math.min(255, Math.max(0, value));
  });
  const rims = mean3(embossed, extents).map(Math.round);
  const layer = rims.map((value, i) => value * bytes[i]!);
  const most = layer.reduce((a, b) => Math.max(a, b), 0);
  return most === 0 ? layer : layer.map((value) => (value / most) * strength);
}

function mean3(data: Float32Array, extents: Extents): Float32Array {
  return correlate3(data, extents, new Array<number>(9).fill(1)).map((value) => value / 9);
}

/** Correlates with a 3 by 3 kernel, edges mirrored. */
function correlate3(data: Float32Array, { height, width }: Extents, kernel: readonly number[]): Float32Array {
  const out = new Float32Array(data.length);
  const row = (y: number) => fold(y, height, 'mirror') * width;
  const columns = Int32Array.from({ length: width + 2 }, (_, x) => fold(x - 1, width, 'mirror'));
  for (let y = 0; y < height; y++) {
    for (let ky = 0; ky < 3; ky++) {
      const from = row(y + ky - 1);
      const [a, b, c] = [kernel[3 * ky]!, kernel[3 * ky + 1]!, kernel[3 * ky + 2]!];
      for (let x = 0, to = y * width; x < width; x++, to++) {
        const [left, right] = [data[from + columns[x]!]!, data[from + columns[x + 2]!]!];
        out[to]! += a * left + b * data[from + x]! + c * right;
      }
    }
  }
  return out;
}

/** Histogram equalisation of whole numbers from 0 to 255, as OpenCV's. */
function equalised(data: Float32Array): Float32Array {
  const counts = new Uint32Array(256);
  for (const value of data) counts[value]!++;
  const first = counts.findIndex((count) => count > 0);
  const rest = data.length - counts[first]!;
  if (rest === 0) return data;
  let sum = -counts[first]!;
  const table = Array.from(counts, (count) => {
    sum += count;
    return Math.max(0, Math.round((sum * 255) / rest));
  });
  return data.map((value) => table[value]!);
}
