import { DatasetError } from '../../../core/errors.js';

/** What a network made of one picture. */
export interface Outcome {
  /** Name of the picture; scores do not depend on the order of outcomes. */
  readonly id: string;
  /** True class, by place in the list of classes that are told apart. */
  readonly label: number;
  /** Most probable class in that list; -1: another class of the network. */
  readonly predicted: number;
  /** Classes that are more probable than the true one; a tie counts for the lower class number. */
  readonly rank: number;
  /** Probability of the most probable class. */
  readonly confidence: number;
  /** -log of the true class's probability. */
  readonly loss: number;
  /** Squared distance between the probabilities and the truth, summed over classes. */
  readonly brier: number;
}

/** How the outputs of a network and the classes of the data go together. */
export interface ClassLink {
  /** The network's class for each class of the data. */
  readonly indices: readonly number[];
  /** Choose among these alone (ImageNet-A), instead of among all classes of the network. */
  readonly restrict: boolean;
}

/**
 * Refuses logits that no answer can be read from: what a network makes of them is neither right nor wrong.
 * @throws DatasetError E_LOGITS naming the picture
 */
export function expectFinite(id: string, logits: ArrayLike<number>): void {
  for (let i = 0; i < logits.length; i++)
    if (!Number.isFinite(logits[i]))
      throw new DatasetError(
        'E_LOGITS',
        `Expected numbers as logits of ${id} but class ${i} has ${logits[i]}. If other pictures are fine, compute in fp32; else the weights are broken.`,
      );
}

/** Reads one row of logits. `label` is a class of the data. @throws DatasetError E_LOGITS unless all are finite */
export function outcomeOf(
  id: string,
  label: number,
  logits: ArrayLike<number>,
  { indices, restrict }: ClassLink,
): Outcome {
  expectFinite(id, logits);
  const values = restrict ? indices.map((index) => logits[index]!) : logits;
  const target = restrict ? label : indices[label]!;
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  const [highest, own] = [values[best]!, values[target]!];
  let [sum, squares, rank] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const part = Math.exp(value - highest);
    sum += part;
    squares += part * part;
    if (value > own || (value === own && i < target)) rank++;
  }
  const probability = Math.exp(own - highest) / sum;
  return {
    id,
    label,
    predicted: restrict ? best : indices.indexOf(best),
    rank,
    confidence: 1 / sum,
    loss: Math.log(sum) - (own - highest),
    brier: squares / (sum * sum) - 2 * probability + 1,
  };
}
