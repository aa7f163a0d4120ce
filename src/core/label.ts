/** One vote of a label: class, weight, and which cue it came from where that is known. */
export interface Vote {
  readonly classId: number;
  readonly weight: number;
  readonly cue?: 'shape' | 'texture';
}

/** A label is weighted votes whose weights sum to 1: hard is one vote, cue conflict two, Mixup of two of those four. */
export type Label = readonly Vote[];

/** All weight on one class. */
export function hard(classId: number): Label {
  return [{ classId, weight: 1 }];
}

/**
 * The two labels of a cue-conflict picture: weight `gamma` on the shape's class and `1 - gamma` on the texture's
 * (arXiv 2010.05981, section 3.2; gamma 0.8 there, 1 for shape-biased and 0 for texture-biased training).
 */
export function dual(shape: number, texture: number, gamma: number): Label {
  return [
    { classId: shape, weight: gamma, cue: 'shape' },
    { classId: texture, weight: 1 - gamma, cue: 'texture' },
  ];
}

/** `(1 - lambda) * a + lambda * b`: the label of a mixture that is `lambda` parts of b. */
export function blend(a: Label, b: Label, lambda: number): Label {
  const scaled = (label: Label, factor: number): Label =>
    label.map((vote) => ({ ...vote, weight: vote.weight * factor }));
  return [...scaled(a, 1 - lambda), ...scaled(b, lambda)];
}

/** Rows of class probabilities, `labels.length * classes` values in C order; votes on one class add up. */
export function toDense(labels: readonly Label[], classes: number): Float32Array {
  const dense = new Float32Array(labels.length * classes);
  labels.forEach((label, row) => {
    for (const { classId, weight } of label) {
      if (!Number.isInteger(classId) || classId < 0 || classId >= classes) {
        throw new RangeError(
          `Expected a class from 0 to ${classes - 1} but label ${row} votes for ${classId}.`,
        );
      }
      dense[row * classes + classId]! += weight;
    }
  });
  return dense;
}
