import { UsageError } from '../../core/errors.js';

/** A stretch of bytes of a file. */
export interface Run {
  readonly offset: number;
  readonly length: number;
}

/** What to read of each dimension, x first: `[first, count]`, or undefined for all of it. */
export type NiftiRegion = readonly (readonly [first: number, count: number] | undefined)[];

/** The region with every dimension named; throws UsageError where it leaves the volume. */
export function completeRegion(
  region: NiftiRegion,
  dims: readonly number[],
): readonly (readonly [number, number])[] {
  if (!(region.length <= dims.length)) {
    // for what is no array, too
    throw new UsageError(
      `Expected a region of at most ${dims.length} dimensions but received ${region.length}.`,
    );
  }
  return dims.map((extent, axis) => {
    const [first, count] = region[axis] ?? [0, extent];
    if (
      !Number.isInteger(first) ||
      !Number.isInteger(count) ||
      first < 0 ||
      count < 1 ||
      first + count > extent
    ) {
      throw new UsageError(
        `Expected a region inside 0 to ${extent - 1} along dimension ${axis + 1} but received ${count} voxels from ${first}.`,
      );
    }
    return [first, count];
  });
}

/**
 * The stretches of a file that hold a region, in file order and as long as possible.
 *
 * @param region every dimension, x (fastest) first
 * @param base byte at which the voxels start
 * @param voxel bytes per voxel
 */
export function* runsOf(
  region: readonly (readonly [number, number])[],
  dims: readonly number[],
  base: number,
  voxel: number,
): Generator<Run> {
  const strides: number[] = [];
  dims.reduce((stride, extent, axis) => {
    strides[axis] = stride;
    return stride * extent;
  }, voxel);
  let whole = 0; // leading dimensions that are read whole join into one stretch with the first that is not
  while (whole < dims.length - 1 && region[whole]![1] === dims[whole]!) whole++;
  const length = strides[whole]! * region[whole]![1];
  const position = region.map(([first]) => first);
  for (;;) {
    yield { offset: base + position.reduce((sum, index, axis) => sum + index * strides[axis]!, 0), length };
    let axis = whole + 1;
    for (; axis < dims.length; axis++) {
      const [first, count] = region[axis]!;
      position[axis]! += 1;
      if (position[axis]! < first + count) break;
      position[axis] = first;
    }
    if (axis === dims.length) return;
  }
}
