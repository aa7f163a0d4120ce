import type { Command } from 'commander';
import { z } from 'zod';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import { withSession } from './support/session.js';

const count = z.coerce.number().int().min(1);
const side = z.coerce.number().int().min(32).max(1024).multipleOf(8);

const Options = z.object({
  content: z.array(z.string()).min(1),
  styles: z.array(z.string()).min(1),
  out: z.string(),
  path: z.enum(['embedded', 'vgg-decoder']).default('embedded'),
  perceptual: z.string().optional(),
  encoder: z.string().optional(),
  start: z.string().optional(),
  steps: count.default(6000),
  rate: z.coerce.number().positive().optional(),
  batch: count.default(8),
  size: side.default(128),
  lateFrom: z.coerce.number().min(0).max(1).default(0.75),
  lateBatch: count.default(4),
  lateSize: side.default(192),
  precision: z.enum(['auto', 'fp32', 'bf16']).default('auto'),
  seed: z.coerce.number().int().min(0).default(1),
  holdOut: z.coerce.number().int().min(0).default(0),
  preview: z.string().optional(),
  saveEvery: count.default(200),
  previewEvery: count.default(500),
  resume: z.boolean().default(false),
});

/** The published decoder training starts at 1e-4; the small network, trained whole, takes ten times that. */
const RATES = { embedded: 1e-3, 'vgg-decoder': 1e-4 } as const;
const WARMUP = 100;

/** `cuemix train-stylizer --content DIR… --styles DIR… --perceptual FILE --out DIR`. */
export function register(command: Command): void {
  command
    .description(
      'Train the embedded stylizer, or the decoder of the VGG path for a given encoder. OUT gets the weights (an ' +
        'average over steps), a checkpoint that --resume goes on from exactly, losses.jsonl and preview sheets.',
    )
    .requiredOption('--content <dir...>', 'folders of photographs')
    .requiredOption('--styles <dir...>', 'folders of styles')
    .requiredOption('--out <dir>', 'where the training lives')
    .option('--path <name>', 'embedded or vgg-decoder', 'embedded')
    .option('--perceptual <file>', 'VGG-16 weights that the embedded path is judged by')
    .option('--encoder <file>', 'vgg_normalised.pth (or safetensors) for the vgg-decoder path')
    .option('--start <file>', 'weights that the embedded path starts from, where shapes fit')
    .option('--steps <n>', 'optimisation steps', '6000')
    .option('--rate <x>', 'highest learning rate (default 1e-3, vgg-decoder 1e-4)')
    .option('--batch <n>', 'pictures per step', '8')
    .option('--size <px>', 'side of the crops', '128')
    .option('--late-from <share>', 'share of the steps after which crops are larger', '0.75')
    .option('--late-batch <n>', 'pictures per step then', '4')
    .option('--late-size <px>', 'side of the crops then', '192')
    .option('--precision <name>', 'auto, fp32 or bf16', 'auto')
    .option('--seed <n>', 'of weights, crops and order', '1')
    .option('--hold-out <n>', 'never train on every nth style; previews show those', '0')
    .option('--preview <dir>', 'contents of the preview sheets')
    .option('--save-every <n>', 'steps between checkpoints', '200')
    .option('--preview-every <n>', 'steps between preview sheets', '500')
    .option('--resume', 'go on from the checkpoint in OUT')
    .action(
      withSession(async (session, _args, raw) => {
        const options = parseOptions(Options, raw);
        const { content, rate, perceptual, encoder, start, preview, steps, batch, size, ...rest } = options;
        const { lateFrom, lateBatch, lateSize, ...others } = rest;
        await expectPaths({
          '--content': content,
          '--styles': options.styles,
          '--perceptual': perceptual,
          '--encoder': encoder,
          '--start': start,
          '--preview': preview,
        });
        await expectOut(options.out, ['checkpoint.safetensors', 'losses.jsonl']);
        const { runStylizerTraining } = await import('../trainers/stylizer/index.js');
        const bar = session.progress({ label: 'train', total: steps, unit: 'steps' });
        try {
          const summary = await runStylizerTraining({
            ...others,
            contents: content,
            schedule: {
              steps,
              rate: rate ?? RATES[options.path],
              warmup: Math.min(WARMUP, steps),
              batch,
              size,
              lateFrom,
              lateBatch,
              lateSize,
            },
            ...(perceptual !== undefined && { perceptual }),
            ...(encoder !== undefined && { encoder }),
            ...(start !== undefined && { start }),
            ...(preview !== undefined && { preview }),
            onStep: (step) => bar.update(step + 1),
            signal: session.signal,
          });
          bar.stop();
          session.result(summary, `${summary.steps} of ${steps} steps done: ${summary.weights}`);
        } finally {
          bar.stop();
        }
      }),
    );
}
