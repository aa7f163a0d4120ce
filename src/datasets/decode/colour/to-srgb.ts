import { recolourPixels } from '../../../core/simd/resample-kernel.js';
import { sha256 } from '../../../io/files/hash.js';
import { type MatrixProfile, matrixProfile, type Vector } from './profile.js';

/** Changes RGB bytes of some colour space, in place, to sRGB. */
export type ToSrgb = (pixels: Uint8Array) => void;

/**
 * SHA-256 of profiles of sRGB for which conversion to sRGB changes no pixel: that of Hewlett-Packard in its two
 * spellings and that of Nikon, which cameras and editors write.
 */
const NEUTRAL = new Set([
  '2b3aa1645779a9e634744faf9b01e9102b0c9b88fd6deced7934df86b949af7e',
  '3f6d674174f3804eb0dabdac90ae17486e898c5063a66f861c116ea033da8301',
  '9d0774f002bc0238173d688dab55ecf2b093f8a257310e05b5887c6722c8798d',
]);

const known = new Map<string, ToSrgb | undefined>();
const MOST_KNOWN = 64;

/** Profiles that came lately, which are told by their bytes: quicker than by a hash. */
const recent: { readonly profile: Uint8Array; readonly convert: ToSrgb | undefined }[] = [];
const MOST_RECENT = 8;
const LARGEST_RECENT = 8192;

/**
 * What a colour profile asks for: undefined where it is not made of curves and a matrix (or is damaged), so that the
 * general decoder must see to it. Out of gamut, channels are clipped.
 */
export function toSrgb(profile: Uint8Array): ToSrgb | undefined {
  const seen = recent.find((one) => Buffer.compare(one.profile, profile) === 0);
  if (seen !== undefined) return seen.convert;
  const convert = look(profile);
  if (profile.length <= LARGEST_RECENT) {
    recent.unshift({ profile: Uint8Array.from(profile), convert });
    recent.length = Math.min(recent.length, MOST_RECENT);
  }
  return convert;
}

function look(profile: Uint8Array): ToSrgb | undefined {
  const key = sha256(profile);
  if (NEUTRAL.has(key)) return unchanged;
  if (!known.has(key)) {
    if (known.size >= MOST_KNOWN) known.clear();
    const parsed = matrixProfile(profile);
    known.set(key, parsed && converter(parsed));
  }
  return known.get(key);
}

const unchanged: ToSrgb = () => undefined;

/** XYZ under D50 to linear sRGB: the inverse of the colorants that IEC 61966-2-1 has in ICC profiles. */
const FROM_XYZ: readonly [Vector, Vector, Vector] = inverse([
  [0.436065673828125, 0.2224884033203125, 0.013916015625],
  [0.3851470947265625, 0.7168731689453125, 0.097076416015625],
  [0.14306640625, 0.06060791015625, 0.714096069335937],
]);

const UNIT = 65535;

/** The sRGB level (IEC 61966-2-1) of linear light in steps of 1 / UNIT. */
const ENCODED = encoded();

function converter({ curves, primaries }: MatrixProfile): ToSrgb {
  const shares = new Int32Array(3 * 256 * 4);
  for (const [channel, [x, y, z]] of primaries.entries()) {
    for (const [to, row] of FROM_XYZ.entries()) {
      const factor = (row[0] * x + row[1] * y + row[2] * z) * UNIT * 16;
      for (const [value, light] of curves[channel]!.entries())
        shares[(channel * 256 + value) * 4 + to] = Math.round(light * factor);
    }
  }
  const convert: ToSrgb = (pixels) => recolourPixels(pixels, shares, ENCODED);
  return changesNothing(convert) ? unchanged : convert;
}

const STEPS = 33; // of a lattice of colours, along each axis

/** Whether a lattice of colours stays as it is: another profile of sRGB. */
function changesNothing(convert: ToSrgb): boolean {
  const before = new Uint8Array(3 * STEPS ** 3);
  const level = (step: number): number => Math.min(255, (step % STEPS) * 8);
  for (let place = 0; place < STEPS ** 3; place++) {
    before[3 * place] = level(Math.floor(place / STEPS ** 2));
    before[3 * place + 1] = level(Math.floor(place / STEPS));
    before[3 * place + 2] = level(place);
  }
  const after = before.slice();
  convert(after);
  return Buffer.compare(before, after) === 0;
}

function encoded(): Uint8Array {
  const table = new Uint8Array(UNIT + 1);
  let start = 0;
  for (let value = 0; value < 256; value++) {
    const edge = value === 255 ? UNIT + 1 : Math.ceil(decoded((value + 0.5) / 255) * UNIT);
    table.fill(value, start, edge);
    start = edge;
  }
  return table;
}

function decoded(x: number): number {
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
}

/** Rows of the inverse of the matrix with these columns. */
function inverse([a, b, c]: readonly [Vector, Vector, Vector]): [Vector, Vector, Vector] {
  const cross = (u: Vector, v: Vector): Vector => [
    u[1] * v[2] - u[2] * v[1],
    u[2] * v[0] - u[0] * v[2],
    u[0] * v[1] - u[1] * v[0],
  ];
  const [x, y, z] = [cross(b, c), cross(c, a), cross(a, b)];
  const determinant = a[0] * x[0] + a[1] * x[1] + a[2] * x[2];
  const scaled = (v: Vector): Vector => [v[0] / determinant, v[1] / determinant, v[2] / determinant];
  return [scaled(x), scaled(y), scaled(z)];
}
