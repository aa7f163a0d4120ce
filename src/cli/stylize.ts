import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { holdsVideos } from '../datasets/videos/holds-videos.js';
import { datasetReport } from '../report/dataset-report.js';
import {
  checkPainter,
  type GenerateOptions,
  type GenerateProgress,
  generateCueConflict,
  planCueConflict,
} from '../styletransfer/generate.js';
import { parseShard, type Recipe } from '../styletransfer/plan/recipe.js';
import { describeDataset, describeProspect, prospectJson } from './stylize-text.js';
import { endAfterSignal } from './support/end.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import type { Progress } from './support/progress.js';
import { type Session, withSession } from './support/session.js';

const size = z.string().transform((text, context): Recipe['size'] => {
  if (text === 'keep') return 'keep';
  const [, short, width, height] = /^(?:(short:)?(\d+))(?:x(\d+))?$/.exec(text) ?? [];
  if (width === undefined || (short !== undefined && height !== undefined)) {
    context.addIssue(
      'expected keep, a side such as 224, a size such as 320x240, or a shorter side such as short:256',
    );
    return z.NEVER;
  }
  if (short !== undefined) return { short: Number(width) };
  return { width: Number(width), height: Number(height ?? width) };
});

const alphas = z.string().transform((text, context): number[] => {
  const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (values.every((value) => value >= 0 && value <= 1)) return values;
  context.addIssue('expected a number from 0 to 1, or several with commas between them');
  return z.NEVER;
});

const whole = z.coerce.number().int().min(1).optional();
const file = z.string().min(1).optional();

const Options = z.object({
  styles: z.string().min(1),
  out: z.string().min(1),
  size: size.optional(),
  styleSize: whole,
  alpha: alphas.optional(),
  gamma: z.coerce.number().min(0).max(1).optional(),
  stylesPerImage: whole,
  pairing: z.enum(['random', 'stratified']).optional(),
  perCell: whole,
  sameClass: z.enum(['auto', 'exclude', 'allow']).optional(),
  seed: z.string().optional(),
  format: z.enum(['folder', 'tar']).optional(),
  image: z.enum(['jpeg', 'png']).optional(),
  quality: z.coerce.number().int().min(1).max(100).optional(),
  rate: z.coerce.number().min(0.1).max(1000).optional(),
  crf: z.coerce.number().int().min(0).max(51).optional(),
  batch: whole,
  group: whole,
  previews: z.coerce.number().int().min(0).max(500).optional(),
  classIndex: file,
  model: z.enum(['embedded', 'vgg']).default('embedded'),
  weights: file,
  encoder: file,
  decoder: file,
  precision: z.enum(['auto', 'fp32', 'bf16']).default('auto'),
  device: z.enum(['auto', 'cpu', 'gpu']).default('auto'),
  threads: whole,
  workers: whole,
  shard: z.string().optional(),
  onError: z.enum(['skip', 'fail']).default('skip'),
  dryRun: z.boolean().default(false),
});

const EXAMPLES = `
Examples:
  cuemix stylize photos --styles paintings --out dataset
  cuemix stylize imagenet/train --styles self --out stylized --alpha 0.5,0.75,1 --gamma 0.8 --seed 7
  cuemix stylize photos --styles self --pairing stratified --per-cell 10 --out stimuli
  cuemix stylize photos --styles paintings --out part1 --shard 1/2    (then: cuemix merge part1 part2 --out dataset)
  cuemix stylize clips/train --styles paintings --out painted --size short:128    (videos: one style per clip)
  cuemix stylize photos --styles paintings --out dataset --model vgg --encoder vgg_normalised.pth --decoder decoder.pth

Stop it any time; the same command goes on where it stopped. cuemix verify <dir> proves the result whole.`;

/** `cuemix stylize`: a cue-conflict dataset from two folders. */
export function register(command: Command): void {
  command
    .description(
      'Make a cue-conflict dataset: every content picture (or video) painted in the texture of a style picture, labelled ' +
        'with both, with a manifest, a contact sheet and a report. Class folders give the labels.',
    )
    .argument('<content>', 'folder of pictures, or of videos: one folder for each class, or none')
    .requiredOption(
      '--styles <folder|self>',
      'folder of style pictures, or self: styles from the content pictures',
    )
    .requiredOption('--out <dir>', 'folder for the dataset; an unfinished one is continued')
    .optionsGroup('What to make:')
    .option(
      '--size <size>',
      '224 (square, cropped), 320x240 (cropped), short:256 (shorter side), or keep',
      '224',
    )
    .option(
      '--alpha <numbers>',
      'strength, 0 (content) to 1 (style); with commas: one is drawn for each picture',
      '1',
    )
    .option('--gamma <number>', "weight of the shape's class in the label, 0 to 1", '0.8')
    .option('--styles-per-image <n>', 'outputs of each content picture', '1')
    .option('--pairing <how>', 'random, or stratified: equally many for each pair of classes', 'random')
    .option('--per-cell <n>', 'pictures for each pair of classes (stratified)')
    .option(
      '--same-class <how>',
      'pairs of one class: allow, exclude, or auto (exclude if styles have classes)',
      'auto',
    )
    .option('--style-size <px>', 'side that styles are scaled to; larger gives coarser strokes', '256')
    .option('--seed <seed>', 'number or text: another seed, other pairs', '0')
    .option(
      '--class-index <file>',
      'list of classes (JSON or text) where folders alone do not give the order',
    )
    .optionsGroup('How to write it:')
    .option('--format <format>', 'folder (class folders), or tar (WebDataset shards, shuffled)', 'folder')
    .option('--image <type>', 'jpeg or png', 'jpeg')
    .option('--quality <n>', 'JPEG quality, 1 to 100', '95')
    .option('--rate <fps>', "videos: frames a second of the clips (default: each video's own)")
    .option('--crf <n>', 'videos: quality of H.264, 0 (best) to 51 (default: 16)')
    .option('--group <n>', 'pictures committed together, and in one shard (64 for folder, 512 for tar)')
    .option('--previews <n>', 'pictures shown in the report, up to 500', '120')
    .optionsGroup('How to run it:')
    .option('--model <name>', 'embedded (in this package), or vgg (AdaIN with your weights)', 'embedded')
    .option('--encoder <file>', 'weights of the vgg encoder: .pth or .safetensors')
    .option('--decoder <file>', 'weights of the vgg decoder: .pth or .safetensors')
    .option('--weights <file>', 'other weights of the embedded network, from cuemix train-stylizer')
    .option('--precision <p>', 'fp32, bf16, or auto (bf16 where the processor computes it)', 'auto')
    .option('--device <device>', 'auto, cpu or gpu', 'auto')
    .option('--threads <n>', 'threads of one network operation (default: one per core)')
    .option('--workers <n>', 'pictures decoded and encoded at once (default: one per core)')
    .option('--batch <n>', 'pictures that the network sees at once', '8')
    .option('--shard <i/n>', 'make only part i of n; put parts together by cuemix merge')
    .option('--on-error <how>', 'unreadable pictures: skip (set aside in quarantine.jsonl), or fail', 'skip')
    .option('--dry-run', 'try inputs and network, show what would be made, and write nothing')
    .addHelpText('after', EXAMPLES)
    .action(
      withSession(async (session, [content = ''], raw) => {
        const told = parseOptions(Options, raw);
        const { styles, classIndex, weights, encoder, decoder } = told;
        await expectPaths({
          '<content>': content,
          ...(styles !== 'self' && { '--styles': styles }),
          '--class-index': classIndex,
          '--weights': weights,
          '--encoder': encoder,
          '--decoder': decoder,
        });
        await expectOut(told.out, ['dataset.json', '.cuemix']);
        const options = await generateOptions(content, told, session);
        const progress = showProgress(session, options.video === undefined ? 'pictures' : 'clips');
        try {
          if (raw.dryRun === true) {
            await checkPainter(options);
            const prospect = await planCueConflict(options, {
              onProgress: progress.show,
              signal: session.signal,
            });
            progress.stop();
            session.result(prospectJson(prospect), describeProspect(prospect, options.out));
            return;
          }
          const stopEnding = endAfterSignal(session.signal);
          const summary = await generateCueConflict(options, {
            onProgress: progress.show,
            signal: session.signal,
          });
          stopEnding();
          progress.stop();
          session.result(
            {
              out: summary.out,
              hash: summary.dataset.hash,
              counts: summary.dataset.counts,
              made: summary.made,
              earlier: summary.earlier,
              seconds: summary.seconds,
              picturesPerSecond: summary.made / Math.max(summary.stylizeSeconds, 1e-3),
              painter: summary.dataset.painter,
            },
            describeDataset(summary),
          );
        } finally {
          progress.stop();
        }
      }),
    );
}

async function generateOptions(
  content: string,
  options: z.output<typeof Options>,
  session: Session,
): Promise<GenerateOptions> {
  const { model, weights, encoder, decoder, precision, device, threads, dryRun, shard, seed, ...more } =
    options;
  const { rate, crf, ...rest } = more;
  const video = await holdsVideos(content);
  if (!video && (rate !== undefined || crf !== undefined))
    throw new UsageError(
      `Expected a folder of videos (and no pictures) for --rate and --crf but ${content} is none.`,
    );
  const network = { network: model, weights, encoder, decoder, precision, device, threads };
  return {
    ...defined(rest),
    ...(video && { video: defined({ rate, crf }) }),
    content,
    styles: options.styles,
    out: options.out,
    ...(seed === undefined ? {} : { seed: /^-?\d{1,15}$/.test(seed) ? Number(seed) : seed }),
    ...(shard === undefined ? {} : { shard: parseShard(shard) }),
    model: { ...defined(network), onNotice: (line) => session.warn(line) },
    report: datasetReport,
  };
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the members that are undefined: options left out take their defaults. */
function defined<T extends object>(options: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<
    Defined<T>
  >;
}

const PHASES: Readonly<Record<GenerateProgress['phase'], string>> = {
  scan: 'looking',
  check: 'checking',
  stylize: 'stylizing',
  finish: 'finishing',
};

/** One display for each phase. */
function showProgress(
  session: Session,
  outputs: 'pictures' | 'clips',
): { show(progress: GenerateProgress): void; stop(): void } {
  let phase: string | undefined;
  let bar: Progress | undefined;
  const stop = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    stop,
    show(progress) {
      if (progress.phase !== phase) {
        stop();
        phase = progress.phase;
        const label = PHASES[progress.phase];
        const unit = phase === 'scan' ? 'files' : outputs;
        if (progress.phase === 'finish') session.note('Writing manifest and report …');
        else bar = session.progress({ label, unit, total: progress.total, initial: progress.earlier });
      }
      bar?.update(progress.done);
    },
  };
}
