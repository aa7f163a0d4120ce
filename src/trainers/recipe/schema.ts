import { z } from 'zod';
import { familyOf, MODEL_FAMILIES, modelEntry } from '../../models/registry.js';
import { SEARCHES } from '../search/schema.js';
import { type Choice, choice } from './choice.js';
import { kept } from './kept.js';
import { KNOWN, type Known } from './known.js';
import { OPTIMIZERS } from './optimizer.js';
import { scheduleSchema } from './schedule.js';
import { windowSchema } from './window.js';

const count = z.int().min(1);
const share = z.number().min(0).max(1);

/** A model by name becomes its family and options. */
const modelName = z.string().superRefine((name, context) => {
  try {
    modelEntry(name);
  } catch (error) {
    context.addIssue({ code: 'custom', message: (error as Error).message.replace(/\.$/, '') });
  }
}) as z.ZodType<string, string>;

function namedModel(name: string): Choice {
  try {
    const { family, options } = modelEntry(name).config;
    return { [family]: options };
  } catch {
    return {}; // said by the schema of the name
  }
}

/** The schema of recipes that may use what is known. Whatever comes out of it is a valid recipe again. */
export function recipeSchema(known: Known = KNOWN) {
  const section = z.strictObject({
    source: choice(known.sources, {
      kind: 'data source',
      text: { schema: z.string().min(1), choice: (path) => ({ pictures: { path } }) },
    }).describe('Where the samples come from: a path of pictures, or a data source with its options.'),
    transforms: z
      .array(choice(known.transforms, { kind: 'transform' }))
      .default([])
      .describe('Carried out on every sample, in this order.'),
    onError: z
      .enum(['fail', 'skip', 'quarantine'])
      .default('fail')
      .describe('What a sample that cannot be read does.'),
  });
  return z.strictObject({
    seed: z.int().min(0).default(0).describe('Root of every random choice.'),
    plugins: z.array(z.string()).default([]).describe('Modules of your own, by path; they are run.'),
    precision: z.enum(['auto', 'fp32', 'bf16']).default('auto').describe('What the step computes in.'),
    threads: count.exactOptional().describe('Threads of one operation; 1 makes runs the same to the bit.'),
    task: choice(known.tasks, { kind: 'task' }).prefault({ classification: {} }),
    data: z.strictObject({
      train: section,
      validation: section.exactOptional(),
      workers: z
        .int()
        .min(0)
        .max(256)
        .exactOptional()
        .describe('Threads that read; one per core unless told.'),
      prefetch: count.max(64).default(2).describe('Batches that each worker may be ahead.'),
      order: z.enum(['shuffled', 'balanced', 'sequential']).default('shuffled'),
    }),
    batch: z.strictObject({
      size: count.describe('Samples of one optimisation step.'),
      accumulate: count.default(1).describe('Parts that a step is computed in, one after the other.'),
      remainder: z
        .enum(['drop', 'keep'])
        .default('drop')
        .describe('Samples at an epoch’s end that fill no batch.'),
      synchronise: z
        .boolean()
        .default(false)
        .describe('With several processes: batch statistics of all of them together.'),
      transforms: z
        .array(choice(known.batchTransforms, { kind: 'batch transform' }))
        .prefault([{ normalize: {} }])
        .describe('Carried out on the device, in this order.'),
      validation: count
        .exactOptional()
        .describe('Samples of a validation batch; as in training unless told.'),
      multiGrid: z
        .strictObject({ size: count.default(224), minimum: count.default(112) })
        .exactOptional()
        .describe('Smaller auxiliary pictures in even batches and early in each stage of the schedule.'),
    }),
    style: z
      .strictObject({
        path: z.enum(['embedded', 'vgg']).default('embedded').describe('Which network paints cue conflicts.'),
        weights: z.string().exactOptional().describe('Other weights for the embedded path.'),
        encoder: z.string().exactOptional().describe('vgg_normalised.pth, for the vgg path.'),
        decoder: z.string().exactOptional().describe('decoder.pth, for the vgg path.'),
        bank: z
          .strictObject({
            source: section.shape.source,
            size: count.default(256).describe('Side of the styles; the longer one is cut.'),
            labelled: z.boolean().default(false).describe('The styles have the classes of the data.'),
          })
          .exactOptional()
          .describe('Styles from other pictures than the batch.'),
      })
      .prefault({})
      .describe('What the batch transform cueConflict paints with.'),
    model: choice(
      MODEL_FAMILIES.map((name) => ({ name, schema: kept(familyOf(name).schema) })),
      { kind: 'model', text: { schema: modelName, choice: namedModel } },
    ).describe('A name of `cuemix models`, or a family with its options; `classes` comes from the data.'),
    weights: z
      .strictObject({
        file: z.string().min(1).describe('safetensors, .pth or .npz with PyTorch names.'),
        partial: z.boolean().default(false).describe('Leave out what is missing or has another shape.'),
        inflate: z.boolean().default(false).describe('Weights of a 2D ResNet for a video network (CAKES).'),
      })
      .exactOptional()
      .describe('Weights to start from.'),
    optimizer: choice(OPTIMIZERS, { kind: 'optimizer' }),
    schedule: scheduleSchema,
    epochs: count,
    clip: z.number().positive().exactOptional().describe('Largest norm of all gradients together.'),
    average: z
      .strictObject({
        decay: z.number().gt(0).lt(1).default(0.9999),
        batch: count.exactOptional().describe('The batch that the decay is for; scaled to `batch.size`.'),
      })
      .exactOptional()
      .describe('Moving average of the weights, which is what is validated.'),
    freeze: z
      .strictObject({
        after: z.int().min(0).describe('Epochs are counted from 0; later ones leave these parameters alone.'),
        parameters: z.array(z.string().min(1)).min(1).describe('Parts of parameter names.'),
      })
      .exactOptional(),
    recalibrate: z
      .strictObject({ batches: count.default(10) })
      .exactOptional()
      .describe('Batch statistics as the mean over so many batches, at the end.'),
    validate: z
      .strictObject({ every: count.default(1).describe('Epochs.'), window: windowSchema.exactOptional() })
      .prefault({}),
    stop: z
      .strictObject({
        patience: count.describe('Validations without a better score.'),
        margin: share.default(0).describe('By how much a score must be better.'),
      })
      .exactOptional(),
    search: choice(SEARCHES, { kind: 'search' })
      .exactOptional()
      .describe('What `cuemix search` looks for; the model is then its search network.'),
    checkpoints: z
      .strictObject({
        steps: count.exactOptional().describe('Also after so many steps.'),
        minutes: z.number().positive().default(15).describe('Also after so many minutes.'),
        keep: count.min(2).default(2).describe('How many of the newest stay.'),
        best: z.int().min(0).default(1).describe('How many of the best stay.'),
      })
      .prefault({}),
  });
}

/** A checked recipe with all defaults. */
export type Recipe = z.output<ReturnType<typeof recipeSchema>>;

/** What may be written. */
export type RecipeInput = z.input<ReturnType<typeof recipeSchema>>;
