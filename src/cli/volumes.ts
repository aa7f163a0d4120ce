import type { Command, OptionValues } from 'commander';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import {
  findMismatches,
  inspectVolume,
  listVolumes,
  type PreprocessOptions,
  prepareVolumes,
  type VolumeFailure,
  type VolumeFile,
  type VolumeReport,
} from '../datasets/nifti/index.js';
import { importVolume } from '../datasets/volumes/index.js';
import { checkFile } from '../io/files/make-folder.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import { type Session, withSession } from './support/session.js';
import { describeInspection, describePreparation } from './volumes-text.js';
import { view } from './volumes-view.js';

/** Numbers with commas between them, as many as told. */
function numbers<T extends readonly number[]>(count: number, example: string) {
  return z.string().transform((text, context): T => {
    const values = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (values.length === count && values.every(Number.isFinite)) return values as unknown as T;
    context.addIssue(`expected ${count} numbers with commas between them, such as ${example}`);
    return z.NEVER;
  });
}

const Options = z.object({
  labels: z.string().min(1).optional(),
  out: z.string().min(1).optional(),
  orientation: z.string().optional(),
  spacing: numbers<[number, number, number]>(3, '1,1,1').optional(),
  interpolation: z.enum(['nearest', 'linear', 'cubic']).optional(),
  foreground: z.coerce.number().optional(),
  margin: z.coerce.number().int().min(0).optional(),
  window: numbers<[number, number]>(2, '-57,164').optional(),
  percentiles: numbers<[number, number]>(2, '0.5,99.5').optional(),
  zScore: z.boolean().optional(),
  channels: z.boolean().optional(),
  nonzero: z.boolean().optional(),
  unit: z.boolean().optional(),
  concurrency: z.coerce.number().int().min(1).optional(),
  memory: z.coerce.number().positive().optional(),
  scrub: z.boolean().optional(),
  onError: z.enum(['fail', 'skip']).optional(),
  label: z.string().min(1).optional(),
  prediction: z.string().min(1).optional(),
  after: z.string().min(1).optional(),
  port: z.coerce.number().int().min(0).max(65535).optional(),
});
type Options = z.output<typeof Options>;

const EXAMPLES = `
Examples:
  cuemix volumes inspect scans --labels masks
  cuemix volumes preprocess scans --labels masks --out prepared --orientation RAS --spacing 1,1,1 --window=-57,164
  cuemix volumes import series-folder --out scan.nii.gz
  cuemix volumes view scan.nii.gz --label mask.nii.gz --prediction guess.nii.gz
  cuemix volumes view scan.nii.gz --after prepared/images/scan.nii --out scan.html

inspect reads every volume and reports grids, intensities, class ids, mismatches and broken files; its exit code is 1
where something is broken or does not match. preprocess writes uncompressed NIfTI-2 files and manifest.jsonl; run it
again to go on where it stopped. import reads NRRD, MetaImage, and a folder with the slices of a DICOM series (npm
install @itk-wasm/image-io@1.6.1). view opens nothing but a server on 127.0.0.1 behind a token and needs no network; it
draws with NiiVue (npm install @niivue/niivue@0.69.0).`;

/** `cuemix volumes inspect|preprocess|import|view`: medical volumes (NIfTI). */
export function register(command: Command): void {
  command
    .description(
      'Look through NIfTI volumes (inspect), prepare a folder of them for training (preprocess), turn another format into NIfTI (import), or show one in a browser (view).',
    )
    .argument('<action>', 'inspect, preprocess, import or view')
    .argument('<paths...>', 'NIfTI files or folders of them')
    .option('--labels <dir>', 'label volumes with the names of the images')
    .option(
      '--out <path>',
      'preprocess: folder for the prepared volumes; import: the NIfTI file; view: write one page that holds everything',
    )
    .option('--orientation <codes>', 'preprocess: where x, y, z shall point, such as RAS')
    .option('--spacing <x,y,z>', 'preprocess: millimetres per voxel; 0 keeps an axis')
    .option('--interpolation <kind>', 'preprocess: nearest, linear or cubic (images only)')
    .option('--foreground <value>', 'preprocess: cut to the box around intensities above this')
    .option('--margin <voxels>', 'preprocess: grow that box')
    .option('--window <from,to>', 'preprocess: map this range of intensities to 0..1')
    .option('--percentiles <low,high>', 'preprocess: map the range between percentiles to 0..1')
    .option('--z-score', 'preprocess: mean 0 and deviation 1')
    .option(
      '--channels',
      'preprocess: the fourth dimension holds channels (sequences), scaled one by one by --z-score',
    )
    .option('--nonzero', 'preprocess: leave zeros out of percentiles and z-score')
    .option('--unit', 'preprocess: map smallest and largest intensity to 0 and 1')
    .option('--concurrency <n>', 'preprocess: volumes at a time')
    .option('--memory <bytes>', 'preprocess: bytes to hold at most')
    .option('--scrub', 'preprocess: write no free text or extensions, which may name people')
    .option('--on-error <what>', 'preprocess: a volume that cannot be read: fail, or skip it', 'fail')
    .option('--label <file>', 'view: class ids to lay over the volume')
    .option('--prediction <file>', 'view: predicted class ids to lay over it')
    .option('--after <file>', 'view: the volume prepared or changed, to compare with')
    .option('--port <n>', 'view: port of the local server; a free one unless told')
    .addHelpText('after', EXAMPLES)
    .action(
      withSession(async (session, [action, ...paths], raw) => {
        const options = parseOptions(Options, raw as OptionValues);
        const { labels, label, prediction, after } = options;
        await expectPaths({
          '<paths...>': paths,
          '--labels': labels,
          '--label': label,
          '--prediction': prediction,
          '--after': after,
        });
        if (action === 'inspect') return inspect(session, paths, options);
        if (action === 'preprocess') return preprocess(session, paths, options);
        if (action === 'import') return importOne(session, paths, options);
        if (action === 'view') return view(session, paths, options);
        throw new UsageError(
          `Expected inspect, preprocess, import or view after volumes but received ${action}.`,
        );
      }),
    );
}

async function filesOf(
  paths: readonly string[],
  signal: AbortSignal,
  duplicates: 'refuse' | 'keep' = 'refuse',
): Promise<VolumeFile[]> {
  const lists = await Promise.all(paths.map((path) => listVolumes(path, signal, { duplicates })));
  return lists.flat();
}

/** Another format as NIfTI. */
async function importOne(session: Session, paths: readonly string[], { out }: Options): Promise<number> {
  const [path, ...more] = paths;
  if (path === undefined || more.length > 0)
    throw new UsageError(`Expected one file or series to import but received ${paths.length}.`);
  if (out === undefined) throw new UsageError('Expected --out <file>: where to write the NIfTI file.');
  await checkFile(out);
  await importVolume(path, out, { signal: session.signal });
  session.result({ out }, `${path} is written as ${out}.`);
  return 0;
}

async function inspect(session: Session, paths: readonly string[], options: Options): Promise<number> {
  const images = await filesOf(paths, session.signal, 'keep');
  const labels = options.labels === undefined ? [] : await filesOf([options.labels], session.signal, 'keep');
  const total = images.length + labels.length;
  const bar = session.progress({ label: 'inspecting', total, unit: 'volumes' });
  const reports: (VolumeReport | VolumeFailure)[] = [];
  try {
    for (const file of [...images, ...labels]) {
      session.signal.throwIfAborted();
      reports.push(await inspectVolume(file, session.signal));
      bar.update(reports.length);
    }
  } finally {
    bar.stop();
  }
  const [imageReports, labelReports] = [reports.slice(0, images.length), reports.slice(images.length)];
  const mismatches = options.labels === undefined ? [] : findMismatches(imageReports, labelReports);
  const inspection = { images: imageReports, labels: labelReports, mismatches };
  session.result(inspection, describeInspection(inspection));
  return mismatches.length > 0 || reports.some((report) => 'error' in report) ? 1 : 0;
}

function preprocessOptions(options: Options): Omit<PreprocessOptions, 'role' | 'signal' | 'region' | 'onto'> {
  const { orientation, spacing, interpolation, foreground, margin, window, percentiles, zScore, unit } =
    options;
  const { nonzero = false, channels = false } = options;
  return {
    ...(channels && { fourth: 'channels' }),
    ...(orientation === undefined ? {} : { orientation }),
    ...(spacing === undefined ? {} : { spacing }),
    ...(interpolation === undefined ? {} : { interpolation }),
    ...(foreground === undefined ? {} : { foreground: { threshold: foreground, margin: margin ?? 0 } }),
    ...(window === undefined ? {} : { window: { from: window } }),
    ...(percentiles === undefined
      ? {}
      : { percentiles: { low: percentiles[0], high: percentiles[1], nonzero } }),
    ...(zScore === undefined ? {} : { zScore: { nonzero, perChannel: channels } }),
    ...(unit === undefined ? {} : { unit }),
  };
}

async function preprocess(session: Session, paths: readonly string[], options: Options): Promise<number> {
  const { out, labels, concurrency, memory, scrub, onError } = options;
  if (out === undefined) throw new UsageError('Expected --out <dir>: the folder for the prepared volumes.');
  await expectOut(out, ['manifest.jsonl', '.journal.jsonl', 'images']);
  const duplicates = onError === 'skip' ? 'keep' : 'refuse';
  const images = await filesOf(paths, session.signal, duplicates);
  const labelFiles = labels === undefined ? [] : await filesOf([labels], session.signal, duplicates);
  const total = images.length + labelFiles.length;
  const bar = session.progress({ label: 'preparing', total, unit: 'volumes' });
  try {
    const result = await prepareVolumes(images, {
      out,
      preprocess: preprocessOptions(options),
      labels: labelFiles,
      ...(concurrency === undefined ? {} : { concurrency }),
      ...(memory === undefined ? {} : { memory }),
      ...(scrub === undefined ? {} : { scrub }),
      ...(onError === undefined ? {} : { onError }),
      signal: session.signal,
      onProgress: (done) => bar.update(done),
    });
    bar.stop();
    session.result(result, describePreparation(result));
    return result.failed.length > 0 ? 1 : 0;
  } finally {
    bar.stop();
  }
}
