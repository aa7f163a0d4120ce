import { resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import type { Raster, Sample } from '../../core/sample.js';
import { undo } from '../../core/undo.js';
import { isBelow } from '../../io/files/below.js';
import { boxesOf, sidesOf } from '../../transforms/volume/space.js';
import type { Triple, Volume } from '../../transforms/volume/volume.js';
import type { ParsedRecipe } from '../recipe/parse.js';
import type { Recipe } from '../recipe/schema.js';
import type { OpenedDataset } from '../recipe/sources.js';
import { largestClass, lessBackground, returnClasses, writeClasses } from '../return-volume.js';
import { slidingWindow, type WindowPredictor } from '../sliding-window.js';
import type { Objective, Scores } from '../tasks/task.js';
import { stepRng, validationSamples } from './setup.js';
import { transformed, validationTransforms } from './views.js';

type Windows = NonNullable<Recipe['validate']['window']>;

export interface WindowOptions {
  readonly parsed: ParsedRecipe;
  readonly dataset: OpenedDataset;
  readonly objective: Objective;
  /** The compiled network: windows to scores. */
  readonly predict: (x: tf.Tensor) => Promise<tf.Tensor>;
  /** Windows of one call; fewer are filled up, so that the network is compiled once. */
  readonly rows: number;
  /** Folder of the run. */
  readonly out?: string | undefined;
}

/** Refuses, before a run begins, a validation by windows that its task or its data cannot take part in. */
export function checkWindows({ validate }: Recipe, objective: Objective, dataset: OpenedDataset): void {
  const { window } = validate;
  if (window === undefined) return;
  if (objective.scorer().addMap === undefined)
    throw new UsageError('Expected a task with a class per voxel (segmentation) for validate.window.');
  if ((window.grid === 'file' || window.predictions) && dataset.geometry === undefined)
    throw new UsageError(
      'Expected validation data of volumes for predictions on the grid of their files (validate.window.grid, .predictions).',
    );
  const bare = window.grid === 'file' ? dataset.entries?.find(({ label }) => label === undefined) : undefined;
  if (bare !== undefined)
    throw new UsageError(
      `Expected a label for every scan of the validation data (validate.window.grid: file) but ${bare.id} has none.`,
    );
}

/** Scores whole volumes, each of its own size, by windows of one size that are blended where they overlap. */
export async function evaluateWindows(options: WindowOptions, signal?: AbortSignal): Promise<Scores> {
  const { parsed, dataset, objective, rows } = options;
  const window = parsed.recipe.validate.window!;
  const scorer = objective.scorer();
  for await (const sample of validationSamples(parsed, dataset, signal)) {
    const image = sample.rasters.image;
    if (image === undefined) throw new UsageError(`Expected samples with images but ${sample.id} has none.`);
    const scores = await slidingWindow(image, predictor(options, image), {
      window: extentsOf(window, image),
      overlap: window.overlap,
      blend: window.blend,
      batch: rows,
      ...(signal && { signal }),
    });
    const returned =
      window.grid === 'file' || window.predictions
        ? await bringHome(scores, sample, options, signal)
        : undefined;
    const truth = window.grid === 'file' ? returned!.label : sample.rasters.mask;
    if (truth === undefined) throw new UsageError(`Expected samples with masks but ${sample.id} has none.`);
    scorer.addMap!(window.grid === 'file' ? returned!.mask.raster : largestClass(scores), truth, sample.id);
  }
  return scorer.scores();
}

/** Along z, y, x; an axis that is not told is covered whole. */
function extentsOf({ size }: Windows, image: Raster): Triple {
  const [x, y, z] = sidesOf(size, boxesOf(image));
  return [z, y, x];
}

function predictor({ parsed, predict, rows }: WindowOptions, image: Raster): WindowPredictor {
  const transforms = validationTransforms(parsed);
  const rng = stepRng(parsed.recipe.seed, 0);
  const names = Array.from({ length: rows }, () => '');
  return async (windows) => {
    const count = windows.shape[0];
    const x = tf.tidy(() => {
      const values = image.data instanceof Uint8Array ? tf.div(windows, 255) : tf.clone(windows);
      const none: [number, number] = [0, 0];
      return count === rows ? values : tf.pad(values, [[0, rows - count], none, none, none, none]);
    });
    const batch = { x, labels: names.map(() => []), ids: names, route: 'main', trace: [] } as const;
    const [view] = await transformed(batch, transforms, rng);
    const output = await predict(view!.x);
    view!.x.dispose();
    if (count === rows) return output as tf.Tensor5D;
    const kept = tf.slice(output, [0, 0, 0, 0, 0], [count, ...output.shape.slice(1)]);
    output.dispose();
    return kept as tf.Tensor5D;
  };
}

/** A prediction on the grid of the files of its scan: transforms are undone, then the preparation. */
async function bringHome(
  scores: Raster,
  sample: Sample,
  { parsed, dataset, out }: WindowOptions,
  signal: AbortSignal | undefined,
): Promise<{ readonly mask: Volume; readonly label: Raster | undefined }> {
  const place = await dataset.geometry!(sample.index, signal);
  const own = await undo(lessBackground(scores), sample.trace, parsed.known.transforms);
  const mask = await returnClasses(own, place.affine, place.original, signal);
  if (out !== undefined && parsed.recipe.validate.window!.predictions) {
    const folder = resolve(out, 'predictions');
    const path = resolve(folder, `${place.id}.nii.gz`);
    if (!isBelow(folder, path))
      throw new UsageError(
        `Expected the id of a scan to be a name below a folder but ${JSON.stringify(place.id)} leaves ${folder}.`,
      );
    await writeClasses(path, mask, place, { scrub: true, ...(signal && { signal }) });
  }
  return { mask, label: place.label };
}
