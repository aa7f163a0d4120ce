import { type PreprocessOptions, preprocessVolume } from '../datasets/nifti/preprocess.js';
import type { Volume } from '../transforms/volume/volume.js';
import { lessBackground, returnClasses, writeClasses } from './return-volume.js';
import { type SlidingWindowOptions, slidingWindow, type WindowPredictor } from './sliding-window.js';

export interface PredictVolumeOptions extends SlidingWindowOptions {
  /** As in training. */
  readonly preprocess?: Omit<PreprocessOptions, 'role' | 'onto' | 'signal'>;
  /** Where to write the class ids, as NIfTI on the file's own grid. */
  readonly out?: string;
  /** Write no free text or extensions of the source. Default false. */
  readonly scrub?: boolean;
}

/**
 * Segments a NIfTI file: prepares it, runs the network over it window by window, brings the scores back to the file's
 * own grid, takes the largest, and writes it if told. Voxels that were cut away are class 0.
 *
 * @returns class ids on the grid of the file
 * @throws what `preprocessVolume`, `slidingWindow` and `writeNifti` throw
 */
export async function predictVolume(
  path: string,
  predict: WindowPredictor,
  options: PredictVolumeOptions,
): Promise<Volume> {
  const { preprocess = {}, out, scrub = false, signal, ...sliding } = options;
  const stop = signal && { signal };
  const prepared = await preprocessVolume(path, { ...preprocess, ...stop });
  const scores = await slidingWindow(prepared.raster, predict, { ...sliding, ...stop });
  const mask = await returnClasses(lessBackground(scores), prepared.affine, prepared.original, signal);
  if (out !== undefined) await writeClasses(out, mask, prepared, { scrub, ...stop });
  return mask;
}
