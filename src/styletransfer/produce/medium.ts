import type { Fit } from '../../core/geometry.js';
import type { Clip, Picture } from '../painting/painter.js';
import type { Recipe } from '../plan/recipe.js';
import { encodeVideo, loadClip, loadStill, middleOf, probeVideo, VIDEO_FILES } from './clips.js';
import { encodePicture, loadPicture, probePicture } from './pictures.js';

/** What the contents of a dataset are, and how they are read and written. */
export interface Medium<Content extends Picture> {
  /** Endings of the names of content files; those of pictures unless told. */
  readonly extensions?: readonly string[];
  /** Folder of the outputs in the dataset. */
  readonly folder: 'images' | 'clips';
  /** Ending of the names of outputs. */
  readonly extension: string;
  /** Upright size and bytes of a content file. Throws DecodeError. */
  probe(file: string, signal?: AbortSignal): Promise<{ width: number; height: number; bytes: number }>;
  /** A content at size. Throws DecodeError. */
  load(file: string, fit: Fit | undefined, signal?: AbortSignal): Promise<Content>;
  /** A picture of a content file, where the contents are the styles too. Throws DecodeError. */
  still(file: string, fit: Fit | undefined, signal?: AbortSignal): Promise<Picture>;
  /** A picture of a content or an output, for reports. */
  shown(content: Content): Picture;
  /** The bytes of an output file; the same pixels always give the same bytes. */
  encode(content: Content, signal?: AbortSignal): Promise<Uint8Array>;
}

/** Pictures. */
export const pictureMedium = (recipe: Recipe): Medium<Picture> => ({
  folder: 'images',
  extension: recipe.image === 'png' ? 'png' : 'jpg',
  probe: probePicture,
  load: loadPicture,
  still: loadPicture,
  shown: (picture) => picture,
  encode: (picture) => encodePicture(picture, recipe),
});

/** Videos, as clips of all their frames. */
export const clipMedium = ({ video }: Recipe): Medium<Clip> => ({
  extensions: VIDEO_FILES,
  folder: 'clips',
  extension: 'mp4',
  probe: probeVideo,
  load: (file, fit, signal) => loadClip(file, { fit, rate: video?.rate }, signal),
  still: loadStill,
  shown: middleOf,
  encode: (clip, signal) => encodeVideo(clip, video!.crf, signal),
});
