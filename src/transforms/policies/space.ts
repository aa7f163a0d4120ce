import type { Rng } from '../../core/rng.js';
import type { Op, OpName } from './ops.js';

/** Height and width of the picture that magnitudes are for. */
export type Extents = readonly [height: number, width: number];

/** How strong an operation is at a share 0..1 of its scale; `signed` ones go either way. */
interface Scale {
  readonly signed: boolean;
  at(share: number, extents: Extents): number;
}

/** The operations of a policy with their scales; `undefined`: without magnitude. */
export type Space = Readonly<Partial<Record<OpName, Scale | undefined>>>;

const signed = (top: number): Scale => ({ signed: true, at: (share) => top * share });
const plain = { signed: false } as const;
const byWidth = (top: number): Scale => ({ signed: true, at: (share, [, width]) => top * width * share });
const byHeight = (top: number): Scale => ({ signed: true, at: (share, [height]) => top * height * share });
const bits = (from: number, fall: number): Scale => ({
  ...plain,
  at: (share) => Math.round(from - fall * share),
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
    solarize: { ...plain, at: (share) => 1 - share },
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
export function drawOp(
  space: Space,
  op: OpName,
  level: { readonly at: number; readonly of: number },
  extents: Extents,
  rng: Rng,
): Op {
  const scale = space[op];
  if (scale === undefined) return { op, magnitude: 0 };
  const magnitude = scale.at(level.of === 1 ? 0 : level.at / (level.of - 1), extents);
  return { op, magnitude: scale.signed && rng.chance(0.5) ? 0 - magnitude : magnitude };
}

/** The names of a space. */
export function names(space: Space): readonly OpName[] {
  return Object.keys(space).filter((name): name is OpName => name in space);
}
