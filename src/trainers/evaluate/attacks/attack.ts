import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../../core/errors.js';
import { toDense } from '../../../core/label.js';
import { counted } from '../../../core/plural.js';
import { Rng } from '../../../core/rng.js';
import type { HostBatch } from '../../../datasets/collate.js';
import { compile, float32 } from '../../../engine/index.js';
import { uniforms } from '../../../transforms/fields.js';
import { fgsm } from '../../fgsm.js';
import type { ClassLink } from '../classification/outcome.js';
import type { Network } from '../network/network.js';
import type { Perturb } from '../network/predict.js';

/** A white-box attack within the L∞ ball of `epsilon` around each picture; lengths in units of [0, 1]. */
export interface AttackOptions {
  /** One step (arXiv 1412.6572), or projected gradient descent from random starts (arXiv 1706.06083). */
  readonly method: 'fgsm' | 'pgd';
  /** 16/255 unless told, as the debiased training's evaluation. */
  readonly epsilon?: number | undefined;
  /** Of PGD: 10 unless told. */
  readonly steps?: number | undefined;
  /** Of PGD: epsilon / 4 unless told. */
  readonly stepSize?: number | undefined;
  /** Of PGD: starts; a picture counts as right if it is right after all of them. 1 unless told. */
  readonly restarts?: number | undefined;
  /** `crossEntropy` (unless told), or `logit`: minus the true class's logit, as the debiased training's code. */
  readonly loss?: 'crossEntropy' | 'logit' | undefined;
}

/** An attack with its defaults filled in. */
export type Attack = { readonly [K in keyof AttackOptions]-?: Exclude<AttackOptions[K], undefined> };

/** Checks an attack and fills in its defaults. @throws UsageError */
export function attackOf(options: AttackOptions): Attack {
  const { method, epsilon = 16 / 255, loss = 'crossEntropy' } = options;
  const isOne = method === 'fgsm';
  const { steps = isOne ? 1 : 10, stepSize = isOne ? epsilon : epsilon / 4, restarts = 1 } = options;
  if (!(epsilon > 0 && epsilon <= 1) || !(stepSize > 0 && stepSize <= 1))
    throw new UsageError(
      `Expected lengths of an attack in (0, 1] but received epsilon ${epsilon} and step ${stepSize}.`,
    );
  for (const count of [steps, restarts])
    if (!Number.isInteger(count) || count < 1)
      throw new UsageError(`Expected 1 or more steps and restarts of an attack but received ${count}.`);
  if (isOne && (steps !== 1 || restarts !== 1 || stepSize !== epsilon))
    throw new UsageError('Expected one whole step from the picture itself for fgsm: use pgd for more.');
  return { method, epsilon, steps, stepSize, restarts, loss };
}

/** The protocol in words. */
export function describeAttack({ method, epsilon, steps, stepSize, restarts, loss }: Attack): string {
  const pixels = (length: number) => `${Number((length * 255).toFixed(3))}/255`;
  const slope = loss === 'crossEntropy' ? 'cross-entropy' : 'minus the true class’s logit';
  const ball = `white-box, L∞, ε ${pixels(epsilon)} of pixels in [0, 1], clipped to [0, 1], gradient of ${slope} in fp32`;
  if (method === 'fgsm') return `FGSM: ${ball}, one step.`;
  const starts = restarts === 1 ? 'one random start' : `worst of ${restarts} random starts`;
  return `PGD: ${ball}, ${counted(steps, 'step')} of ${pixels(stepSize)}, ${starts}.`;
}

/** A compiled attack on a network's route; `dispose` it. */
export function attacker(
  network: Network,
  attack: Attack,
  {
    link,
    route = 'main',
    seed = 0,
    restart = 0,
  }: {
    readonly link: ClassLink;
    readonly route?: 'main' | 'aux' | undefined;
    readonly seed?: number | string | undefined;
    readonly restart?: number;
  },
): { readonly perturb: Perturb; dispose(): void } {
  const { method, epsilon, steps, stepSize, loss } = attack;
  const step = compile(
    (x: tf.Tensor, origin: tf.Tensor, target: tf.Tensor) => {
      const moved = fgsm((input) => network.apply(input, route), x, target, {
        epsilon: stepSize,
        low: 0,
        high: 1,
        loss,
      });
      const inside = tf.minimum(tf.maximum(moved, tf.sub(origin, epsilon)), tf.add(origin, epsilon));
      return float32(inside);
    },
    { name: `${method} on ${network.name}` },
  );
  const rng = Rng.of(seed).at('attack', restart);
  const perturb: Perturb = async (origin, batch) => {
    const target = oneHot(batch, link, network.classes);
    let x = method === 'pgd' ? randomStart(origin, batch, epsilon, rng) : origin.clone();
    try {
      for (let i = 0; i < steps; i++) {
        const next = (await step(x, origin, target)) as tf.Tensor4D;
        x.dispose();
        x = next;
      }
      return x;
    } catch (error) {
      x.dispose();
      throw error;
    } finally {
      target.dispose();
    }
  };
  return { perturb, dispose: () => step.dispose() };
}

function oneHot({ labels }: HostBatch, { indices }: ClassLink, classes: number): tf.Tensor2D {
  const linked = labels.map((label) =>
    label.map((vote) => ({ ...vote, classId: indices[vote.classId] ?? 0 })),
  );
  return tf.tensor2d(toDense(linked, classes), [labels.length, classes]);
}

/** Uniform in the ball, cut to [0, 1]; what a picture draws depends on its name alone. */
function randomStart(origin: tf.Tensor4D, { ids }: HostBatch, epsilon: number, rng: Rng): tf.Tensor4D {
  const length = origin.size / ids.length;
  const noise = new Float32Array(origin.size);
  ids.forEach((id, row) => {
    const draws = uniforms(rng.at(id), length);
    for (let i = 0; i < length; i++) noise[row * length + i] = (2 * draws[i]! - 1) * epsilon;
  });
  return tf.tidy(() => tf.clipByValue(tf.add(origin, tf.tensor4d(noise, origin.shape)), 0, 1));
}
