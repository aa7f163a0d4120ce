import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../core/errors.js';
import { openEngine, type Precision } from '../../engine/index.js';
import { writeFileAtomic } from '../../io/files/atomic.js';
import { writePth } from '../../io/pickle/pth.js';
import { readWeights } from '../../io/tensors/weights.js';
import { defaultStylizer, type StylizerConfig } from '../../styletransfer/network/stylizer-config.js';
import { packVgg, readVgg } from '../../styletransfer/network/vgg-weights.js';
import { batchSource } from './batches.js';
import { readCheckpointState } from './checkpoint.js';
import { embeddedTask } from './embedded-task.js';
import { defaultWeights, type LossWeights } from './losses.js';
import { perceptualNetwork } from './perceptual.js';
import { holdOut, listPictures } from './pictures.js';
import { layerScales } from './scales.js';
import type { ScheduleOptions } from './schedule.js';
import type { StepResult } from './step.js';
import type { StyleTask } from './task.js';
import { trainStylizer, weightsPath } from './train.js';
import { vggDecoderTask } from './vgg-task.js';

/** Everything that decides a training of a stylizer. */
export interface StylizerTraining {
  /** `embedded`: the small network, encoder and decoder. `vgg-decoder`: the decoder for a given VGG encoder. */
  readonly path: 'embedded' | 'vgg-decoder';
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  /** Every nth style picture is never trained on but shown in previews; 0 trains on all. */
  readonly holdOut: number;
  /** Folder of contents for previews; default the training contents. */
  readonly preview?: string;
  /** VGG-16 weights for the loss of the embedded path. */
  readonly perceptual?: string;
  /** Weights file that the embedded path starts from where shapes fit; random without. */
  readonly start?: string;
  /** Encoder weights of the VGG path. */
  readonly encoder?: string;
  readonly out: string;
  readonly seed: number;
  readonly precision: Precision;
  readonly schedule: ScheduleOptions;
  readonly resume: boolean;
  readonly saveEvery: number;
  readonly previewEvery: number;
  readonly config?: StylizerConfig;
  readonly weights?: LossWeights;
  readonly onStep?: (step: number, result: StepResult) => void;
  readonly signal?: AbortSignal;
}

/** What a training did. */
export interface TrainingSummary {
  readonly steps: number;
  /** The weights file. */
  readonly weights: string;
  /** Style pictures kept out. */
  readonly held: readonly string[];
}

/** How often a content serves as style, colours are exchanged, and alpha is below 1. */
const DRAWS = { exchange: 0.2, recolour: 0.5, partial: 0.15 };
const PREVIEWS = { contents: 5, styles: 8, size: 128 };

/** `count` of the list, evenly spread. */
function spread(list: readonly string[], count: number): string[] {
  const kept = Math.min(count, list.length);
  return Array.from({ length: kept }, (_, index) => list[Math.floor((index * list.length) / kept)]!);
}

function required(value: string | undefined, flag: string, path: string): string {
  if (value === undefined)
    throw new UsageError(`Expected ${flag} with a weights file: the ${path} path needs it.`);
  return value;
}

/** Opens the engine, reads pictures and weights, and trains; goes on from the checkpoint in `out` with `resume`. */
export async function runStylizerTraining(training: StylizerTraining): Promise<TrainingSummary> {
  const { path, out, seed, schedule, resume } = training;
  await openEngine();
  const contents = await listPictures(training.contents);
  const { train: styles, held } = holdOut(await listPictures(training.styles), training.holdOut);
  const previewContents = training.preview === undefined ? contents : await listPictures([training.preview]);
  const source = batchSource({ contents, styles, ...DRAWS, ...(path === 'embedded' ? {} : { partial: 0 }) });
  const checkpoint = join(out, 'checkpoint.safetensors');
  let scales: readonly number[] = [];
  let task: StyleTask;
  let onWeights: ((values: ReadonlyMap<string, Float32Array>) => Promise<void>) | undefined;
  if (path === 'embedded') {
    const perceptual = perceptualNetwork(
      await readWeights(required(training.perceptual, '--perceptual', path)),
    );
    scales = resume
      ? (await readCheckpointState(checkpoint)).scales
      : await layerScales(perceptual, source, seed, schedule.size);
    const config = training.config ?? defaultStylizer;
    const weights = training.weights ?? defaultWeights;
    const start = training.start === undefined ? {} : { start: await readWeights(training.start) };
    task = embeddedTask({ config, seed, perceptual, scales, weights, ...start });
  } else {
    const file = required(training.encoder, '--encoder', path);
    task = vggDecoderTask(readVgg('vgg', await readWeights(file), file), seed);
    onWeights = async (values) => {
      await writeFileAtomic(join(out, 'vgg-decoder.pth'), writePth(packVgg('decoder', values)));
    };
  }
  try {
    const steps = await trainStylizer({
      task,
      source,
      schedule,
      seed,
      scales,
      precision: training.precision,
      out,
      resume,
      saveEvery: training.saveEvery,
      previewEvery: training.previewEvery,
      preview: {
        contents: spread(previewContents, PREVIEWS.contents),
        styles: spread(held.length > 0 ? held : styles, PREVIEWS.styles),
        size: PREVIEWS.size,
      },
      ...(onWeights && { onWeights }),
      ...(training.onStep && { onStep: training.onStep }),
      ...(training.signal && { signal: training.signal }),
    });
    await writeFile(join(out, 'held-out.json'), `${JSON.stringify(held, undefined, 1)}\n`);
    return { steps, weights: weightsPath(out, task), held };
  } finally {
    task.dispose();
  }
}
