import { figures } from '../../core/figures.js';
import { counted } from '../../core/plural.js';
import type { PairFinding, PrepareResult, VolumeFailure, VolumeReport } from '../../datasets/nifti/index.js';

/** What `cuemix volumes inspect` found. */
export interface Inspection {
  readonly images: readonly (VolumeReport | VolumeFailure)[];
  readonly labels: readonly (VolumeReport | VolumeFailure)[];
  readonly mismatches: readonly PairFinding[];
}

const MOST_SHOWN = 8;

const short = (value: number) => figures(value, 4);

function describeValues({ intensities }: VolumeReport): string {
  const { min, max, mean, std, nonfinite, labels } = intensities;
  const broken = nonfinite > 0 ? `, ${nonfinite} not finite` : '';
  if (labels !== undefined && labels.length <= 12) return `values ${labels.join(' ')}${broken}`;
  return `${short(min)} to ${short(max)}, mean ${short(mean)} ± ${short(std)}${broken}`;
}

function describeVolume(report: VolumeReport | VolumeFailure): string[] {
  if ('error' in report) return [`${report.id}: ${report.error.code} ${report.error.message}`];
  const { id, dims, datatype, spacing, orientation = 'no orientation', warnings } = report;
  const grid = `${dims.join('x')} ${datatype}, ${spacing.map(short).join('x')} mm, ${orientation}`;
  return [`${id}: ${grid}; ${describeValues(report)}`, ...warnings.map((warning) => `  note: ${warning}`)];
}

function count<T>(values: readonly T[]): string {
  const counts = new Map<T, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = sorted.slice(0, MOST_SHOWN).map(([value, times]) => `${value} (${times})`);
  return [...shown, ...(sorted.length > MOST_SHOWN ? [`… ${sorted.length - MOST_SHOWN} more`] : [])].join(
    ', ',
  );
}

/** Text of an inspection: a line per volume, what differs, and a fingerprint of the whole. */
export function describeInspection({ images, labels, mismatches }: Inspection): string {
  const readable = images.filter((report): report is VolumeReport => !('error' in report));
  const broken = [...images, ...labels].filter((report) => 'error' in report).length;
  return [
    ...images.flatMap(describeVolume),
    ...(labels.length > 0 ? ['', 'Labels', ...labels.flatMap(describeVolume)] : []),
    ...(mismatches.length > 0
      ? ['', 'Mismatches', ...mismatches.map(({ id, problem }) => `${id}: ${problem}`)]
      : []),
    '',
    `${counted(images.length, 'volume')}, ${counted(labels.length, 'label')}, ${broken} broken, ${counted(mismatches.length, 'mismatch', 'mismatches')}.`,
    `Orientations: ${count(readable.map(({ orientation }) => orientation ?? 'none'))}`,
    `Spacings: ${count(readable.map(({ spacing }) => spacing.map(short).join('x')))}`,
    `Sizes: ${count(readable.map(({ dims }) => dims.join('x')))}`,
  ].join('\n');
}

/** Text of a preparation. */
export function describePreparation({ manifest, prepared, failed, kept }: PrepareResult): string {
  const lines = failed.map(({ id, message }) => `left out ${id}: ${message}`);
  return [`${prepared.length} volumes prepared (${kept} were there already): ${manifest}`, ...lines].join(
    '\n',
  );
}
