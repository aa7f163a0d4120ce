import * as tf from '@tensorflow/tfjs-core';

export interface DiceOptions {
  /** Leave class 0 out. Default false. */
  readonly excludeBackground?: boolean;
  /** Sum over the batch before dividing. Default false: one quotient per sample and class. */
  readonly batch?: boolean;
  /** Squares in the denominator (V-Net). Default false. */
  readonly squared?: boolean;
  /** Added to numerator and denominator; default 1e-5. */
  readonly smoothNumerator?: number;
  readonly smoothDenominator?: number;
}

/** Sums over space (and the batch, if asked), of `[batch, ...space, classes]`. */
function totals(x: tf.Tensor, batch: boolean): tf.Tensor {
  const space = x.shape.map((_, axis) => axis).slice(1, -1);
  return tf.sum(x, batch ? [0, ...space] : space);
}

const foreground = (x: tf.Tensor): tf.Tensor => {
  const begin = x.shape.map((_, axis) => (axis === x.rank - 1 ? 1 : 0));
  return tf.slice(
    x,
    begin,
    x.shape.map((extent, axis) => extent - begin[axis]!),
  );
};

/**
 * Soft Dice of softmax probabilities: 1 - (2 Σ p t + s) / (Σ p + Σ t + s), the mean over samples and classes.
 * @param logits `[batch, ...space, classes]`
 * @param target probabilities or one-hot of the same shape
 */
export function diceLoss(logits: tf.Tensor, target: tf.Tensor, options: DiceOptions = {}): tf.Scalar {
  const { batch = false, squared = false, smoothNumerator = 1e-5, smoothDenominator = 1e-5 } = options;
  const cut = options.excludeBackground === true ? foreground : (x: tf.Tensor) => x;
  const p = cut(tf.softmax(logits));
  const t = cut(target);
  const size = (x: tf.Tensor) => totals(squared ? tf.square(x) : x, batch);
  const overlap = tf.add(tf.mul(totals(tf.mul(p, t), batch), 2), smoothNumerator);
  const whole = tf.add(tf.add(size(p), size(t)), smoothDenominator);
  return tf.mean(tf.sub(1, tf.div(overlap, whole))) as tf.Scalar;
}

/** Mean cross-entropy over all positions; shapes as for `diceLoss`. */
export function voxelCrossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Scalar {
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), target), -1))) as tf.Scalar;
}

export interface DiceCEOptions extends DiceOptions {
  /** Weights of the two terms; default 1 and 1. */
  readonly diceWeight?: number;
  readonly crossEntropyWeight?: number;
}

/** Weighted sum of Dice and cross-entropy. */
export function diceCELoss(logits: tf.Tensor, target: tf.Tensor, options: DiceCEOptions = {}): tf.Scalar {
  const { diceWeight = 1, crossEntropyWeight = 1 } = options;
  const dice = tf.mul(diceLoss(logits, target, options), diceWeight);
  return tf.add(dice, tf.mul(voxelCrossEntropy(logits, target), crossEntropyWeight));
}

/** Generalised Dice (arXiv 1707.03237): classes weighted by 1 / volume², classes without voxels by the largest such weight. */
export function generalizedDiceLoss(logits: tf.Tensor, target: tf.Tensor, smooth = 1e-5): tf.Scalar {
  const p = tf.softmax(logits);
  const volume = totals(target, false);
  const isEmpty = tf.equal(volume, 0);
  const safe = tf.where(isEmpty, tf.onesLike(volume), volume);
  const inverse = tf.where(isEmpty, tf.zerosLike(volume), tf.div(1, tf.square(safe)));
  const largest = tf.max(inverse, 1, true);
  const weight = tf.where(isEmpty, tf.mul(tf.onesLike(volume), largest), inverse);
  const overlap = tf.mul(tf.sum(tf.mul(totals(tf.mul(p, target), false), weight), 1), 2);
  const whole = tf.sum(tf.mul(tf.add(totals(p, false), volume), weight), 1);
  return tf.mean(tf.sub(1, tf.div(tf.add(overlap, smooth), tf.add(whole, smooth)))) as tf.Scalar;
}

/** Focal loss (arXiv 1708.02002) on softmax probabilities: -(1 - p)^gamma · log p of the target, mean over all positions and classes. */
export function focalLoss(logits: tf.Tensor, target: tf.Tensor, gamma = 2): tf.Scalar {
  const logP = tf.logSoftmax(logits);
  const weight = tf.pow(tf.sub(1, tf.exp(logP)), gamma);
  return tf.neg(tf.mean(tf.mul(tf.mul(weight, logP), target))) as tf.Scalar;
}

export interface TverskyOptions {
  /** Weight of false positives; default 0.3. */
  readonly alpha?: number;
  /** Weight of false negatives; default 0.7. */
  readonly beta?: number;
  readonly smooth?: number;
}

/** Tversky loss (arXiv 1706.05721): 1 - TP / (TP + alpha · FP + beta · FN), mean over samples and classes. */
export function tverskyLoss(logits: tf.Tensor, target: tf.Tensor, options: TverskyOptions = {}): tf.Scalar {
  const { alpha = 0.3, beta = 0.7, smooth = 1e-5 } = options;
  const p = tf.softmax(logits);
  const hits = totals(tf.mul(p, target), false);
  const falsePositives = tf.mul(totals(tf.mul(p, tf.sub(1, target)), false), alpha);
  const falseNegatives = tf.mul(totals(tf.mul(tf.sub(1, p), target), false), beta);
  const whole = tf.add(tf.add(tf.add(hits, falsePositives), falseNegatives), smooth);
  return tf.mean(tf.sub(1, tf.div(tf.add(hits, smooth), whole))) as tf.Scalar;
}
