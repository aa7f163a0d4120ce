import type { Command } from 'commander';
import { z } from 'zod';
import type { EvaluateOptions } from '../trainers/evaluate/options.js';
import { describeEvaluation } from './eval-text.js';
import { evaluationFiles } from './support/evaluation-files.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import type { Progress } from './support/progress.js';
import { type Session, withSession } from './support/session.js';

const whole = z.coerce.number().int().min(1).optional();
const paths = z.array(z.string().min(1)).default([]);
const listOf = <T extends string>(item: z.ZodType<T, string>) =>
  z
    .string()
    .transform((text) => text.split(',').map((part) => part.trim()))
    .pipe(z.array(item).min(1))
    .optional();

/** `16/255` or `0.0627`. */
const length = z
  .string()
  .transform((text) => {
    const [over = '', under = '1', ...rest] = text.split('/');
    return over.trim() === '' || rest.length > 0 ? Number.NaN : Number(over) / Number(under);
  })
  .pipe(z.number({ error: 'expected a length such as 16/255 or 0.06' }).gt(0).max(1))
  .optional();

const numbers = z
  .string()
  .transform((text) => text.split(',').map(Number))
  .pipe(z.array(z.number()).min(1))
  .optional();

const Options = z.object({
  vs: paths,
  as: z.enum(['auto', 'classes', 'cue-conflict', 'imagenet-a', 'imagenet-c', 'stylized']).default('auto'),
  cueConflict: paths,
  imagenetA: z.string().optional(),
  imagenetC: z.string().optional(),
  stylized: z.string().optional(),
  humans: paths,
  tests: listOf(z.enum(['clean', 'corruptions', 'stylized', 'fgsm', 'pgd'])),
  model: z.string().optional(),
  classIndex: z.string().optional(),
  which: z.enum(['last', 'best']).optional(),
  route: z.enum(['main', 'aux', 'both']).optional(),
  restrict: z.boolean().optional(),
  size: whole,
  resize: whole,
  filter: z.enum(['nearest', 'box', 'bilinear', 'bicubic', 'lanczos']).optional(),
  mean: numbers,
  std: numbers,
  corruptions: listOf(z.string().min(1)),
  severities: listOf(z.enum(['1', '2', '3', '4', '5'])),
  epsilon: length,
  steps: whole,
  stepSize: length,
  restarts: whole,
  attackLoss: z.enum(['cross-entropy', 'logit']).optional(),
  styles: z.string().optional(),
  alpha: z.coerce.number().min(0).max(1).optional(),
  duplicates: z.enum(['refuse', 'keep', 'first']).optional(),
  limit: whole,
  seed: z.string().optional(),
  replicates: z.coerce.number().int().min(0).max(100_000).optional(),
  level: z.coerce.number().gt(0).lt(1).optional(),
  out: z.string().optional(),
  logits: z.boolean().default(false),
  precision: z.enum(['auto', 'fp32', 'bf16']).optional(),
  device: z.enum(['auto', 'cpu', 'gpu']).optional(),
  threads: whole,
  workers: z.coerce.number().int().min(0).optional(),
  batch: whole,
});

const EXAMPLES = `
Examples:
  cuemix eval runs/debiased imagenet/val --out report
  cuemix eval runs/debiased imagenet/val --vs runs/plain --cue-conflict stimuli --humans decisions --out report
  cuemix eval weights.safetensors stimuli --model efficientnet-lite0
  cuemix eval decisions.csv --vs subject-01.csv --json
  cuemix eval logits.npy imagenet/val
  cuemix eval runs/plain imagenet/val --tests clean,fgsm,pgd,corruptions --epsilon 16/255

docs/evaluation.md has every protocol and the columns of tables.`;

/** `cuemix eval`: accuracy, shape bias and robustness of networks, decisions and logits. */
export function register(command: Command): void {
  command
    .description(
      'Say how good, how shape- or texture-biased and how robust networks are: accuracy and calibration, shape bias ' +
        'and error consistency with people, ImageNet-C, ImageNet-A, stylized pictures, FGSM and PGD, with bootstrap intervals.',
    )
    .argument(
      '<input>',
      'training run, checkpoint, weights; or decisions (.csv) or logits (.npy, .npz, .csv, .safetensors)',
    )
    .argument('[data]', 'pictures: class folders, a manifest, shards, cue-conflict pictures, or ImageNet-C')
    .option('--vs <input...>', 'evaluate these too, side by side')
    .option(
      '--as <kind>',
      'what the data is: auto, classes, cue-conflict, imagenet-a, imagenet-c or stylized',
      'auto',
    )
    .option(
      '--cue-conflict <dir...>',
      'also these cue-conflict pictures (stimuli, or a dataset of cuemix stylize)',
    )
    .option('--imagenet-a <dir>', 'also ImageNet-A')
    .option('--imagenet-c <dir>', 'also ImageNet-C, from files')
    .option('--stylized <dir>', 'also stylized pictures in class folders')
    .option('--humans <path...>', "tables of people's decisions, or folders of them, to compare with")
    .option('--out <dir>', 'write report.html, results.json, shape-bias.svg and decisions as CSV there')
    .option('--logits', 'write the logits of networks there too')
    .optionsGroup('What is tested on labelled pictures:')
    .option('--tests <list>', 'of clean, corruptions, stylized, fgsm, pgd, with commas', 'clean')
    .option('--restrict', 'choose among the classes of the data alone')
    .option('--route <route>', 'batch norm of networks with two: main, aux or both', 'main')
    .option('--corruptions <list>', 'only these, such as gaussianNoise,fog (default: all 19)')
    .option('--severities <list>', 'only these of 1 to 5')
    .option('--epsilon <length>', 'size of attacks, pixels in [0, 1]', '16/255')
    .option('--steps <n>', 'of pgd', '10')
    .option('--step-size <length>', 'of pgd (default: epsilon / 4)')
    .option('--restarts <n>', 'random starts of pgd; the worst counts', '1')
    .option(
      '--attack-loss <loss>',
      "cross-entropy, or logit (minus the true class's, as the debiased training's code)",
    )
    .option('--styles <dir>', 'style pictures that the test stylized paints with')
    .option('--alpha <number>', 'strength of that, 0 to 1', '1')
    .optionsGroup('How networks are opened:')
    .option(
      '--model <name>',
      'network of weights that do not say it: a name of cuemix models, or a .json file',
    )
    .option('--class-index <file>', "the network's classes in order, where its file does not name them")
    .option('--which <checkpoint>', 'of a run: last or best', 'last')
    .option('--size <px>', 'side of the input')
    .option('--resize <px>', 'shorter side before the centre is cut out')
    .option('--filter <name>', 'of resizing: bilinear, bicubic, …')
    .option('--mean <numbers>', 'per channel, with commas')
    .option('--std <numbers>', 'per channel, with commas')
    .optionsGroup('How it is run:')
    .option('--limit <n>', 'at most so many pictures of each set, evenly spread')
    .option('--duplicates <how>', 'second decisions on one picture: refuse, keep or first', 'refuse')
    .option('--seed <seed>', 'number or text, of intervals, corruptions, attacks and styles', '0')
    .option('--replicates <n>', 'resamples of the bootstrap', '1000')
    .option('--level <share>', 'coverage of intervals', '0.95')
    .option('--precision <p>', 'fp32, bf16, or auto (the faster)', 'fp32')
    .option('--device <device>', 'auto, cpu or gpu', 'auto')
    .option('--threads <n>', 'threads of one operation (default: one per core)')
    .option('--workers <n>', 'threads that decode (default: one per core)')
    .option('--batch <n>', 'pictures that the network sees at once', '32')
    .addHelpText('after', EXAMPLES)
    .action(
      withSession(async (session, [input = '', data], raw) => {
        const options = parseOptions(Options, raw);
        const { vs, cueConflict, humans, imagenetA, imagenetC, stylized, styles, classIndex, out } = options;
        await expectPaths({
          '<input>': input,
          '[data]': data,
          '--vs': vs,
          '--cue-conflict': cueConflict,
          '--imagenet-a': imagenetA,
          '--imagenet-c': imagenetC,
          '--stylized': stylized,
          '--humans': humans,
          '--styles': styles,
          '--class-index': classIndex,
        });
        if (out !== undefined) await expectOut(out, ['results.json']);
        const { evaluate } = await import('../trainers/evaluate/evaluate.js');
        const progress = showProgress(session);
        const files = out === undefined ? undefined : evaluationFiles(out, options.logits);
        try {
          const evaluated = await evaluate({
            ...evaluateOptions([input, ...options.vs], data, options),
            onProgress: progress.show,
            ...(files?.onLogits && { onLogits: files.onLogits }),
            signal: session.signal,
          });
          progress.stop();
          const written = (await files?.write(evaluated)) ?? [];
          for (const notice of evaluated.evaluation.notices) session.warn(notice);
          const text = describeEvaluation(evaluated.evaluation);
          const where = written.length === 0 ? '' : `\nWritten: ${written.join(', ')}\n`;
          session.result({ ...evaluated.evaluation, ...(written.length > 0 && { written }) }, text + where);
        } finally {
          progress.stop();
        }
      }),
    );
}

function evaluateOptions(
  inputs: readonly string[],
  data: string | undefined,
  options: z.output<typeof Options>,
): EvaluateOptions {
  const { model, classIndex, which, precision, device, threads, size, resize, filter, mean, std } = options;
  const { epsilon, steps, stepSize, restarts, attackLoss, styles, alpha, seed, humans } = options;
  const one = (kind: 'imagenet-a' | 'imagenet-c' | 'stylized', path: string | undefined) =>
    path === undefined ? [] : [{ kind, path }];
  return {
    inputs,
    sets: [
      ...(data === undefined ? [] : [{ kind: options.as, path: data }]),
      ...options.cueConflict.map((path) => ({ kind: 'cue-conflict' as const, path })),
      ...one('imagenet-a', options.imagenetA),
      ...one('imagenet-c', options.imagenetC),
      ...one('stylized', options.stylized),
    ],
    tests: options.tests,
    network: { model, classIndex, which, precision, device, threads, size, resize, filter, mean, std },
    attack: { epsilon, steps, stepSize, restarts, loss: attackLoss === 'logit' ? 'logit' : 'crossEntropy' },
    ...(styles !== undefined && { restyle: { styles, alpha } }),
    ...(humans.length > 0 && { humans }),
    ...(seed !== undefined && { seed: /^-?\d{1,15}$/.test(seed) ? Number(seed) : seed }),
    ...(options.replicates !== undefined && { replicates: options.replicates }),
    ...(options.level !== undefined && { level: options.level }),
    ...(options.duplicates && { duplicates: options.duplicates }),
    severities: options.severities?.map(Number),
    corruptions: options.corruptions,
    route: options.route,
    restrict: options.restrict,
    limit: options.limit,
    batch: options.batch,
    workers: options.workers,
  };
}

/** One display after the other, for each test of each model. */
function showProgress(session: Session): {
  show: NonNullable<EvaluateOptions['onProgress']>;
  stop: () => void;
} {
  let current: { readonly key: string; readonly progress: Progress } | undefined;
  const stop = (): void => {
    current?.progress.stop();
    current = undefined;
  };
  return {
    stop,
    show: ({ model, test, done, total }) => {
      const key = `${model} ${test}`;
      if (current?.key !== key) {
        stop();
        current = { key, progress: session.progress({ label: key, total, unit: 'pictures' }) };
      }
      current.progress.update(done);
    },
  };
}
