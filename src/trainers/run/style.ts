import * as tf from '@tensorflow/tfjs-core';
import type { Batch, BatchTransform } from '../../core/batch.js';
import { UsageError } from '../../core/errors.js';
import { sequential } from '../../datasets/samplers.js';
import { stream } from '../../datasets/stream/stream.js';
import { type Compiled, compile, type Precision } from '../../engine/index.js';
import { type StyleBank, styleBank } from '../../styletransfer/cue-conflict/bank.js';
import { cueConflictTensor, shrunk } from '../../styletransfer/cue-conflict/paint.js';
import { type CueDraw, cueConflictBy, cueLabels } from '../../styletransfer/cue-conflict/transform.js';
import { loadTensorStylizer, type StylizerOptions } from '../../styletransfer/network/model.js';
import type { TensorStylizer } from '../../styletransfer/network/tensor-stylizer.js';
import { resize } from '../../transforms/resize.js';
import { chosen } from '../recipe/choice.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import type { Recipe } from '../recipe/schema.js';

/** A batch transform that can do its work off the main thread. */
export interface AsyncBatchTransform extends BatchTransform {
  /** The same as `apply`; the result's new tensors belong to the caller, the input's stay alive. */
  applyAsync?(batch: Batch, params: unknown): Promise<readonly Batch[]>;
}

/** The painter of cue conflicts in a run. Who opens it disposes it. */
export interface RunStyle {
  /** The transform `cueConflict`, painting as a compiled step. */
  build(options: unknown): AsyncBatchTransform;
  dispose(): void;
}

const BANK_BATCH = 8;

/** Loads the stylizer, and encodes the bank of styles, where the recipe paints cue conflicts. */
export async function openStyle(
  { recipe, known }: ParsedRecipe,
  precision: Precision,
  signal?: AbortSignal,
): Promise<RunStyle | undefined> {
  if (!recipe.batch.transforms.some((one) => chosen(one).name === 'cueConflict')) return undefined;
  const stylizer = await loadTensorStylizer(stylizerOptions(recipe.style));
  let bank: StyleBank | undefined;
  if (recipe.style.bank !== undefined) {
    const { source, size, labelled } = recipe.style.bank;
    const { name, options } = chosen(source);
    const context = { part: 'train', ...(signal && { signal }) } as const;
    const styles = await known.sources.get(name).open(options, context);
    const transforms = [resize({ fit: 'cover', height: size, width: size })];
    try {
      bank = await styleBank(
        stylizer,
        stream(styles, { batch: BANK_BATCH, order: sequential, transforms, workers: 0 }),
        {
          labelled,
          ...(signal && { signal }),
        },
      );
    } finally {
      await styles.close?.();
    }
  }
  return runStyle(stylizer, bank, precision);
}

function stylizerOptions({ path, weights, encoder, decoder }: Recipe['style']): StylizerOptions {
  if (path === 'embedded') return { path, ...(weights !== undefined && { weights }) };
  if (encoder !== undefined && decoder !== undefined) return { path, encoder, decoder };
  throw new UsageError('Expected style.encoder and style.decoder, the weights files, for style.path: vgg.');
}

/** Painting with a loaded stylizer; `dispose` frees it and the bank. */
export function runStyle(
  stylizer: TensorStylizer,
  bank: StyleBank | undefined,
  precision: Precision,
): RunStyle {
  const create = cueConflictBy(stylizer, bank);
  const painters = new Map<number | null, Compiled<tf.Tensor>>();
  const painter = (size: number | null): Compiled<tf.Tensor> => {
    const known = painters.get(size);
    if (known !== undefined) return known;
    const paint = (x: tf.Tensor, styles: tf.Tensor, alpha: tf.Tensor) =>
      cueConflictTensor(stylizer, x, {
        source: bank === undefined ? { from: 'batch' } : { from: 'bank', bank: bank.statistics },
        styles: styles as tf.Tensor1D,
        alpha: alpha as tf.Tensor1D,
        side: size ?? undefined,
      });
    const fresh = compile(paint as (...inputs: tf.Tensor[]) => tf.Tensor, {
      precision,
      name: 'cue conflict',
    });
    painters.set(size, fresh);
    return fresh;
  };
  const applyAsync = async (batch: Batch, params: unknown): Promise<readonly Batch[]> => {
    const draw = params as CueDraw;
    const styles = tf.tensor1d([...draw.styles], 'int32');
    const alpha = tf.tensor1d([...draw.alpha]);
    const painted = await painter(draw.size)(batch.x, styles, alpha).finally(() =>
      tf.dispose([styles, alpha]),
    );
    const x = draw.clip ? tf.clipByValue(painted, 0, 1) : painted;
    if (x !== painted) painted.dispose();
    const masks = batch.masks && tf.tidy(() => smallMasks(batch.masks!, draw.size));
    const view = { ...batch, x, labels: cueLabels(batch.labels, draw, bank), ...(masks && { masks }) };
    return draw.view === 'replace' ? [view] : [batch, { ...view, route: 'aux' }];
  };
  return {
    build: (options) => {
      const transform = create.build(options);
      return { ...transform, applyAsync } as AsyncBatchTransform;
    },
    dispose() {
      for (const painted of painters.values()) painted.dispose();
      bank?.dispose();
      stylizer.dispose();
    },
  };
}

/** Masks at the size of the painted view; a tensor of its own in any case. */
function smallMasks(masks: tf.Tensor, side: number | null): tf.Tensor {
  const small = shrunk(masks, side ?? undefined);
  return tf.clone(tf.reshape(small, [...masks.shape.slice(0, -3), ...small.shape.slice(1)]));
}
