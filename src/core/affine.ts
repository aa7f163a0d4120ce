import { UsageError } from './errors.js';

/**
 * Geometry of voxel grids: 4x4 matrices, rows first, that take a voxel index (x, y, z) to millimetres in the world
 * where +x is right, +y anterior and +z superior.
 */
export type Affine = readonly (readonly number[])[];

/** The 4x4 identity: 1 mm voxels, the first at the origin. */
export const IDENTITY_AFFINE: Affine = [
  [1, 0, 0, 0],
  [0, 1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

const AXES = [0, 1, 2] as const;

/** `a · b`: first b, then a. */
export function multiplyAffine(a: Affine, b: Affine): Affine {
  return a.map((row) =>
    [0, 1, 2, 3].map(
      (c) => row[0]! * b[0]![c]! + row[1]! * b[1]![c]! + row[2]! * b[2]![c]! + row[3]! * b[3]![c]!,
    ),
  );
}

/** World position, in millimetres, of a point given in voxels. */
export function applyAffine(a: Affine, point: readonly number[]): number[] {
  return AXES.map((r) => a[r]![0]! * point[0]! + a[r]![1]! * point[1]! + a[r]![2]! * point[2]! + a[r]![3]!);
}

/** An affine from its 3x3 part, rows first, and the position of the first voxel. Has no -0, which JSON would lose. */
export function composeAffine(linear: readonly (readonly number[])[], origin: readonly number[]): Affine {
  return [...AXES.map((r) => [...linear[r]!, origin[r]!].map((value) => value + 0)), [0, 0, 0, 1]];
}

/** Determinant of the 3x3 part; negative for left-handed grids. */
export function affineDeterminant(a: Affine): number {
  const [p, q, r] = a;
  return (
    p![0]! * (q![1]! * r![2]! - q![2]! * r![1]!) -
    p![1]! * (q![0]! * r![2]! - q![2]! * r![0]!) +
    p![2]! * (q![0]! * r![1]! - q![1]! * r![0]!)
  );
}

/** True where every entry is finite and the 3x3 part can be inverted. */
export function isInvertible(a: Affine): boolean {
  const volume = spacingOf(a).reduce((product, size) => product * size, 1);
  return a.flat().every(Number.isFinite) && volume > 0 && Math.abs(affineDeterminant(a)) > 1e-9 * volume;
}

/** The inverse; throws RangeError for a singular or non-finite matrix. */
export function invertAffine(a: Affine): Affine {
  if (!isInvertible(a)) {
    throw new RangeError(`Expected an affine that can be inverted but received ${JSON.stringify(a)}.`);
  }
  const d = affineDeterminant(a);
  const linear = AXES.map((r) =>
    AXES.map((c) => {
      const [r1, r2, c1, c2] = [(c + 1) % 3, (c + 2) % 3, (r + 1) % 3, (r + 2) % 3] as [
        number,
        number,
        number,
        number,
      ];
      return (a[r1]![c1]! * a[r2]![c2]! - a[r1]![c2]! * a[r2]![c1]!) / d;
    }),
  );
  const origin = AXES.map((r) => -AXES.reduce<number>((sum, c) => sum + linear[r]![c]! * a[c]![3]!, 0));
  return composeAffine(linear, origin);
}

/** Distance between neighbouring voxels along x, y and z, in millimetres. */
export function spacingOf(a: Affine): [number, number, number] {
  const length = (c: number) => Math.sqrt(a[0]![c]! ** 2 + a[1]![c]! ** 2 + a[2]![c]! ** 2);
  return [length(0), length(1), length(2)];
}

/** The rotation (or rotation and reflection) nearest to the 3x3 part without its scales: the polar factor. */
export function nearestRotation(a: Affine): number[][] {
  const size = spacingOf(a);
  let x: Affine = composeAffine(
    AXES.map((r) => AXES.map((c) => a[r]![c]! / size[c]!)),
    [0, 0, 0],
  );
  for (let step = 0; step < 64; step++) {
    const y = invertAffine(x); // Newton: the mean of X and its inverse transpose converges to the polar factor (Higham 1986)
    const next = composeAffine(
      AXES.map((r) => AXES.map((c) => (x[r]![c]! + y[c]![r]!) / 2)),
      [0, 0, 0],
    );
    const change = Math.max(...AXES.flatMap((r) => AXES.map((c) => Math.abs(next[r]![c]! - x[r]![c]!))));
    x = next;
    if (change < 1e-15) break;
  }
  return AXES.map((r) => x[r]!.slice(0, 3));
}

/** Where a voxel axis mostly points: a world axis (0 right, 1 anterior, 2 superior) and its sign. */
export interface AxisDirection {
  readonly axis: number;
  readonly sign: 1 | -1;
}

/** World direction of each voxel axis; axes are given away from the strongest to the weakest, as nibabel does. */
export function directionsOf(a: Affine): [AxisDirection, AxisDirection, AxisDirection] {
  const rotation = nearestRotation(a);
  const strength = AXES.map((c) => Math.max(...AXES.map((r) => rotation[r]![c]! ** 2)));
  const order = [...AXES].sort((i, j) => strength[j]! - strength[i]! || i - j);
  const result: AxisDirection[] = [];
  const free = new Set<number>(AXES);
  for (const c of order) {
    let axis = -1;
    for (const r of free)
      if (axis < 0 || Math.abs(rotation[r]![c]!) > Math.abs(rotation[axis]![c]!)) axis = r;
    free.delete(axis);
    result[c] = { axis, sign: rotation[axis]![c]! < 0 ? -1 : 1 };
  }
  return result as [AxisDirection, AxisDirection, AxisDirection];
}

const LETTERS = ['LR', 'PA', 'IS'] as const;

/** Three letters that say where x, y and z point: 'RAS', 'LPS', 'PIR', … */
export function axisCodes(a: Affine): string {
  return directionsOf(a)
    .map(({ axis, sign }) => LETTERS[axis]![sign > 0 ? 1 : 0]!)
    .join('');
}

/** The directions named by three letters; throws UsageError unless each of L/R, P/A and I/S is named once. */
export function parseAxisCodes(codes: string): [AxisDirection, AxisDirection, AxisDirection] {
  const found = [...codes.toUpperCase()].map((letter): AxisDirection => {
    const axis = LETTERS.findIndex((pair) => pair.includes(letter));
    return { axis, sign: LETTERS[axis]?.[1] === letter ? 1 : -1 };
  });
  if (
    found.length !== 3 ||
    new Set(found.map(({ axis }) => axis)).size !== 3 ||
    found.some(({ axis }) => axis < 0)
  ) {
    throw new UsageError(`Expected an orientation such as RAS or LPS but received "${codes}".`);
  }
  return found as [AxisDirection, AxisDirection, AxisDirection];
}
