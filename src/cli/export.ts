import type { Command } from 'commander';
import { z } from 'zod';
import { openEngine } from '../engine/engine.js';
import { checkFile } from '../io/files/make-folder.js';
import type { Model } from '../models/model.js';
import { exportOnnx } from '../models/onnx/export.js';
import { trainedPreprocessing } from '../trainers/evaluate/network/preprocessing.js';
import { isCheckpoint, isRun, openModel, parseShape } from './support/model.js';
import { parseOptions } from './support/options.js';
import { expectPaths } from './support/paths.js';
import { withSession } from './support/session.js';

const Options = z.object({
  out: z.string().min(1),
  weights: z.string().min(1).optional(),
  input: z.string().optional(),
  route: z.enum(['main', 'aux']),
});

/** `cuemix export`: a network as ONNX, for runtimes of other languages. */
export function register(command: Command): void {
  command
    .description(
      'Write a network with its weights as ONNX (operator set 17): input "input" [batch, channels, ...space], output ' +
        '"output". The batch is free, the extents are fixed.',
    )
    .argument(
      '<model>',
      'training run, checkpoint (.safetensors of cuemix), name from "cuemix models", or a .json file with {"family", "options"}',
    )
    .requiredOption('--out <file>', 'the .onnx file to write')
    .option('--weights <file>', '.pth, .safetensors or .npz to load into a named model')
    .option(
      '--input <shape>',
      "shape of one input without the batch, as 224x224x3 (default: what the checkpoint was trained for, else the model's usual one)",
    )
    .option('--route <norms>', 'main or aux: which norms of a model with two sets', 'main')
    .addHelpText(
      'after',
      '\nExamples:\n  cuemix export runs/debiased --out debiased.onnx\n' +
        '  cuemix export mobilenet-v2 --weights mobilenet_v2.pth --input 192x192x3 --out mobile.onnx',
    )
    .action(
      withSession(async (session, [name = ''], raw) => {
        const { out, weights, input, route } = parseOptions(Options, raw);
        await expectPaths({ ...(isCheckpoint(name) && { '<model>': name }), '--weights': weights });
        await checkFile(out);
        await openEngine();
        const { model, classes, transforms } = await openModel(name, weights, session.signal);
        if (weights === undefined && !isCheckpoint(name) && !(await isRun(name))) {
          session.warn(`The weights are the initial ones: give a checkpoint, or --weights.`);
        }
        const side = transforms && trainedPreprocessing({ transforms }).size;
        const inputShape = input === undefined ? trainedShape(model, side) : parseShape(input);
        try {
          const made = await exportOnnx(model, out, {
            route,
            signal: session.signal,
            ...(classes !== undefined && { classes }),
            ...(inputShape !== undefined && { inputShape }),
          });
          const text = `${out}: input [${made.input.join(', ')}], output [${made.output.join(', ')}].`;
          session.result(
            { out, ...made, config: model.config, ...(classes !== undefined && { classes }) },
            text,
          );
        } finally {
          model.dispose();
        }
      }),
    );
}

/** The shape of a picture of the side that a network was trained for; undefined where that is not known. */
function trainedShape({ inputShape }: Model, side: number | undefined): readonly number[] | undefined {
  const channels = inputShape[2];
  return side === undefined || channels === undefined || inputShape.length !== 3
    ? undefined
    : [side, side, channels];
}
