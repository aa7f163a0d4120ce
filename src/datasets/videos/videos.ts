import { UsageError } from '../../core/errors.js';
import { parseOptions } from '../../core/options.js';
import type { Rng } from '../../core/rng.js';
import type { Sample } from '../../core/sample.js';
import { checkIndex, type Dataset } from '../dataset.js';
import { type FolderOptions, folder } from '../folder.js';
import type { Loader, LoaderRef } from '../loader.js';
import { type ManifestOptions, manifest } from '../manifest.js';
import { type FolderEntry, labelOf } from '../picture-files.js';
import { byShard, type Sampler } from '../samplers.js';
import { type ClipOptions, clipOptions } from './clips.js';
import { KEPT_OPEN } from './kept.js';
import { videoLoader } from './loader.js';
import type { VideoOptions } from './options.js';
import { type ViewOptions, viewOptions } from './views.js';

/** How a set of videos is read. */
export interface VideosOptions {
  /** Which frames of a video a sample is made of. */
  readonly clip?: ClipOptions;
  /** Limits, size and decoder. */
  readonly video?: Omit<VideoOptions, 'noFollow'>;
  /** How many clips each video gives in an epoch, drawn anew each; 1 unless told. Not with views. */
  readonly clips?: number;
  /** Every video is `clips * crops` samples, in that order, and nothing is random: for evaluation. */
  readonly views?: ViewOptions;
  /** Of class folders. */
  readonly folder?: Pick<FolderOptions, 'layout' | 'extensions' | 'classIndex'>;
  /** Of lists; the column of the path may also be called `video`. */
  readonly manifest?: Pick<ManifestOptions, 'path' | 'label' | 'classes' | 'root'>;
  readonly signal?: AbortSignal;
}

/** A set of videos, listed. */
export interface VideoDataset extends Dataset {
  /** The files; with views there are more samples than files. */
  readonly entries: readonly FolderEntry[];
  /** Samples of each file: its clips, or all its views. */
  readonly views: number;
  /**
   * The order for several clips of each file: files are shuffled and taken in groups of `group`, and the clips of a group
   * are shuffled among each other, so that they come from files that are open.
   */
  order(group?: number): Sampler;
  /** Names to show, by class id. */
  readonly classNames?: readonly string[];
  /** Closes the files that `read` left open. Streams close theirs themselves. */
  close(): Promise<void>;
}

/** Endings of names that are taken for videos. */
export const VIDEO_EXTENSIONS: readonly string[] = [
  'mp4',
  'm4v',
  'mov',
  'webm',
  'mkv',
  'avi',
  'mpg',
  'mpeg',
  'ts',
  'flv',
  'ogv',
  'gif',
];

/**
 * Clips of the videos in class folders, or in a list (`.csv`, `.jsonl`); files are listed as `folder` and `manifest` list
 * pictures, and opened when a sample of them is read. Needs node-av or ffmpeg then. Throws what those throw, and
 * UsageError for options that are wrong.
 */
export async function videos(path: string, options: VideosOptions = {}): Promise<VideoDataset> {
  checkClips(options);
  return videoFiles(await list(path, options, options.signal), options);
}

function checkClips({ clips = 1, views }: VideosOptions): void {
  if (!Number.isInteger(clips) || clips < 1)
    throw new UsageError(`Expected a whole number of clips of 1 or more but received ${clips}.`);
  if (clips > 1 && views !== undefined)
    throw new UsageError('Expected either clips (drawn) or views (fixed) of each video but received both.');
}

/** Clips of video files that are listed already. */
export function videoFiles(
  { entries, ...named }: Listed,
  options: Pick<VideosOptions, 'clip' | 'video' | 'clips' | 'views'> = {},
): VideoDataset {
  const { clip, video, clips = 1, views: told } = options;
  const views = told && parseOptions(viewOptions, told, 'views');
  const loader: LoaderRef = {
    name: videoLoader.name,
    options: {
      clip: parseOptions(clipOptions, clip ?? {}, 'clip'),
      ...(video && { video }),
      ...(views && { views }),
    },
  };
  const each = views === undefined ? clips : views.clips * views.crops;
  const length = entries.length * each;
  const item = (index: number) => {
    const entry = entries[Math.floor(checkIndex(index, length) / each)]!;
    if (views === undefined) return entry;
    return { ...entry, view: index % each };
  };
  let own: Promise<Loader> | undefined;
  const open = () => {
    own ??= videoLoader.open(loader.options, () => Promise.reject(new Error('There is no other loader.')));
    return own;
  };
  return {
    ...named,
    entries,
    views: each,
    length,
    entry(index) {
      const { id, ...told } = item(index);
      return { id, ...labelOf(told) };
    },
    plan: (index) => ({ loader, item: item(index) }),
    order: (group = KEPT_OPEN) => byShard(new Array<number>(entries.length).fill(each), group),
    async read(index: number, rng: Rng, signal?: AbortSignal): Promise<Sample> {
      return (await open()).load(item(index), { index, rng, ...(signal && { signal }) });
    },
    async close() {
      const opened = own;
      own = undefined;
      await (await opened)?.close?.();
    },
  };
}

/** Video files with the names of their classes. */
export interface Listed {
  readonly entries: readonly FolderEntry[];
  readonly classes?: readonly string[];
  readonly classNames?: readonly string[];
}

async function list(path: string, options: VideosOptions, signal: AbortSignal | undefined): Promise<Listed> {
  const common = signal && { signal };
  if (/\.(csv|jsonl|ndjson)$/i.test(path)) {
    const { entries, classes } = await manifest(path, { ...options.manifest, ...common });
    return { entries, ...(classes && { classes }) };
  }
  const found = await folder(path, { extensions: VIDEO_EXTENSIONS, ...options.folder, ...common });
  const { entries, classes, classNames } = found;
  return { entries, ...(classes && { classes }), ...(classNames && { classNames }) };
}
