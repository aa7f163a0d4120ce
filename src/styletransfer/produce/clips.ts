import { DecodeError } from '../../core/errors.js';
import type { Fit } from '../../core/geometry.js';
import { extent, type Raster } from '../../core/sample.js';
import { timeline } from '../../datasets/videos/clips.js';
import { encodeClip } from '../../datasets/videos/ffmpeg/encode.js';
import type { FrameIndex } from '../../datasets/videos/frame-index.js';
import { openVideo, type Video } from '../../datasets/videos/open.js';
import { VIDEO_EXTENSIONS } from '../../datasets/videos/videos.js';
import type { Clip, Picture } from '../painting/painter.js';
import { cropPicture } from '../plan/bucket.js';
import { even } from '../plan/plan.js';

/** Endings of the names of files that are taken for videos. */
export const VIDEO_FILES = VIDEO_EXTENSIONS;

/** Which frames, and how large. */
export interface ClipWish {
  readonly fit: Fit | undefined;
  /** Frames a second; the video's own mean rate unless told. */
  readonly rate: number | undefined;
}

async function withVideo<T>(
  file: string,
  fit: Fit | undefined,
  signal: AbortSignal | undefined,
  work: (video: Video) => Promise<T>,
): Promise<T> {
  const video = await openVideo(file, { noFollow: true, ...(fit && { resize: fit }) }, signal);
  try {
    return await work(video);
  } finally {
    await video.close();
  }
}

/** Upright size and bytes of a video. Throws DecodeError. */
export function probeVideo(
  file: string,
  signal?: AbortSignal,
): Promise<{ width: number; height: number; bytes: number }> {
  return withVideo(file, undefined, signal, async ({ header: { width, height, bytes } }) => ({
    width,
    height,
    bytes,
  }));
}

/**
 * All frames of a video as it is played: at a rate of its own or at one that is told, by its time stamps. Sides are
 * made even. Throws DecodeError.
 */
export function loadClip(file: string, { fit, rate }: ClipWish, signal?: AbortSignal): Promise<Clip> {
  return withVideo(file, fit, signal, async ({ index, frames }) => {
    const fps = rate ?? meanRate(index);
    const raster = await frames([...timeline(index, fps, file)], signal && { signal });
    return { ...evenFrames(raster, file), rate: fps };
  });
}

/** The frame in the middle of a video. Throws DecodeError. */
export function loadStill(file: string, fit: Fit | undefined, signal?: AbortSignal): Promise<Picture> {
  return withVideo(file, fit, signal, async ({ index, frames }) => {
    const raster = await frames([index.count >> 1], signal && { signal });
    return pictureOf(raster, file);
  });
}

/** The frame in the middle of a clip. */
export function middleOf({ data, width, height }: Clip): Picture {
  const area = width * height * 3;
  const first = (data.length / area) >> 1;
  return { width, height, data: data.subarray(first * area, (first + 1) * area) };
}

/** A clip as MP4. */
export function encodeVideo(clip: Clip, crf: number, signal?: AbortSignal): Promise<Buffer> {
  return encodeClip(clip, crf, signal);
}

/** Frames a second on the average, rounded so that rates such as 30000/1001 come out the same from any clock. */
function meanRate({ count, seconds, end }: FrameIndex): number {
  if (count === 1) return 1;
  return Math.min(1000, Math.max(0.1, Math.round((1000 * count) / (end - seconds[0]!)) / 1000));
}

function pictureOf(raster: Raster, file: string): Picture {
  const { data } = raster;
  if (!(data instanceof Uint8Array)) throw new DecodeError('E_FORMAT', file, 'expected bytes of pixels.');
  return { width: extent(raster, 'x'), height: extent(raster, 'y'), data };
}

/** All frames without the last column and row where these are odd. */
function evenFrames(raster: Raster, file: string): Picture {
  const { width, height, data } = pictureOf(raster, file);
  const [wide, tall] = [even(width), even(height)];
  if (wide === width && tall === height) return { width, height, data };
  const [area, kept] = [width * height * 3, wide * tall * 3];
  const frames = data.length / area;
  const out = new Uint8Array(frames * kept);
  for (let t = 0; t < frames; t++) {
    const frame = { width, height, data: data.subarray(t * area, (t + 1) * area) };
    out.set(cropPicture(frame, wide, tall).data, t * kept);
  }
  return { width: wide, height: tall, data: out };
}
