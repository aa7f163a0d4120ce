import type { Rng } from '../../core/rng.js';
import { roundHalfEven } from '../../core/rounding.js';
import type { Op, OpName } from './ops.js';

/** Height and width of the picture that magnitudes are for. */
export type Extents = readonly [height: number, width: number];

/** Which of how many strengths, from 0. */
interface Level {
  readonly at: number;
  readonly of: number;
}

/** How strong an operation is at each level; `signed` ones go either way. */
interface Scale {
  readonly signed: boolean;
  at(level: Level, extents: Extents): number;
}

/** The operations of a policy with their scales; `undefined`: without magnitude. */
export type Space = Readonly<Partial<Record<OpName, Scale | undefined>>>;

const { fround } = Math;

/**
 * Evenly spaced from `start` to `end`, in the single precision of torch.linspace: whether a shift is 16 pixels or 15,
 * or a value as bright as a threshold, hangs on its last bit.
 */
function spaced(start: number, end: number, { at, of }: Level): number {
  const [from, to] = [fround(start), fround(end)];
  const step = fround(fround(to - from) / (of - 1));
  return at < of >> 1 ? fround(from + step * at) : fround(to - step * (of - 1 - at));
}

const signed = (top: number): Scale => ({ signed: true, at: (level) => spaced(0, top, level) });
const plain = { signed: false } as const;
const byWidth = (top: number): Scale => ({
  signed: true,
  at: (level, [, width]) => spaced(0, top * width, level),
});
const byHeight = (top: number): Scale => ({
  signed: true,
  at: (level, [height]) => spaced(0, top * height, level),
});
const bits = (from: number, fall: number): Scale => ({
  ...plain,
  at: ({ at, of }) => from - roundHalfEven(at / ((of - 1) / fall)),
});

/** Numbers of the strongest magnitudes. */
interface Tops {
  readonly shear: number;
  readonly degrees: number;
  readonly enhance: number;
  readonly bits: readonly [from: number, fall: number];
}

function space(tops: Tops, translate: { readonly x: Scale; readonly y: Scale }): Space {
  const enhance = signed(tops.enhance);
  return {
    identity: undefined,
    shearX: signed(tops.shear),
    shearY: signed(tops.shear),
    translateX: translate.x,
    translateY: translate.y,
    rotate: signed(tops.degrees),
    brightness: enhance,
    saturation: enhance,
    contrast: enhance,
    sharpness: enhance,
    posterize: bits(...tops.bits),
    solarize: { ...plain, at: (level) => spaced(255, 0, level) / 255 },
    autocontrast: undefined,
    equalize: undefined,
  };
}

const NARROW: Tops = { shear: 0.3, degrees: 30, enhance: 0.9, bits: [8, 4] };
const SHARE = 150 / 331;

/** Of RandAugment (arXiv 1909.13719) and, with `invert`, AutoAugment. */
export const RAND_SPACE: Space = space(NARROW, { x: byWidth(SHARE), y: byHeight(SHARE) });

/** Of TrivialAugmentWide (arXiv 2103.10158). */
export const WIDE_SPACE: Space = space(
  { shear: 0.99, degrees: 135, enhance: 0.99, bits: [8, 6] },
  { x: signed(32), y: signed(32) },
);

/** Of AugMix (arXiv 1912.02781) with all operations. */
export const MIX_SPACE: Space = (() => {
  const { identity: _, ...rest } = space(
    { ...NARROW, bits: [4, 4] },
    { x: byWidth(1 / 3), y: byHeight(1 / 3) },
  );
  return rest;
})();

/** Operation `op` of a space at level `level` of 0..levels-1, turned the other way half of the time where it can be. */
export function drawOp(space: Space, op: OpName, level: Level, extents: Extents, rng: Rng): Op {
  const scale = space[op];
  if (scale === undefined) return { op, magnitude: 0 };
  const magnitude = scale.at(level, extents);
  return { op, magnitude: scale.signed && rng.chance(0.5) ? 0 - magnitude : magnitude };
}

/** The names of a space. */
export function names(space: Space): readonly OpName[] {
  return Object.keys(space).filter((name): name is OpName => name in space);
}
