import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../../../core/errors.js';
import { watchFor } from '../watch.js';
import { QUIET, reasonOf, runChild } from './child.js';
import { findFfmpeg, type Programs } from './programs.js';

/** Frames of RGB bytes and how fast they are shown. */
export interface RawClip {
  readonly width: number;
  readonly height: number;
  /** Frame after frame, row by row. */
  readonly data: Uint8Array;
  /** Frames a second. */
  readonly rate: number;
}

/** Milliseconds for one clip. */
const PATIENCE = 600_000;

/** The ffmpeg that encodes. Throws UsageError where there is none. */
export async function encoderPrograms(): Promise<Programs> {
  const programs = await findFfmpeg();
  if (programs !== undefined) return programs;
  throw new UsageError(
    'Expected the programs ffmpeg and ffprobe on the PATH to write videos: install FFmpeg.',
  );
}

/**
 * A clip as an MP4 file: H.264, 4:2:0, no sound. The same frames give the same bytes of one version of ffmpeg and x264.
 * @param crf 0 (no loss but that of 4:2:0) to 51; sides must be even
 * @throws UsageError where ffmpeg is absent or cannot write H.264
 */
export async function encodeClip(
  { width, height, data, rate }: RawClip,
  crf: number,
  signal?: AbortSignal,
): Promise<Buffer> {
  const { ffmpeg } = await encoderPrograms();
  const folder = await mkdtemp(join(tmpdir(), 'cuemix-clip-'));
  try {
    const out = join(folder, 'clip.mp4'); // its index is written at the end and moved to the front: no pipe can do that
    const input = ['-f', 'rawvideo', '-pix_fmt', 'rgb24', '-s', `${width}x${height}`, '-r', rate.toFixed(6)];
    const coding = [
      '-c:v',
      'libx264',
      '-preset',
      'medium',
      '-crf',
      `${crf}`,
      '-pix_fmt',
      'yuv420p',
      '-threads',
      '1',
    ];
    const plain = [
      '-map_metadata',
      '-1',
      '-fflags',
      '+bitexact',
      '-flags:v',
      '+bitexact',
      '-movflags',
      '+faststart',
    ];
    const { code, complaint } = await runChild(
      ffmpeg,
      [...QUIET, ...input, '-i', 'pipe:0', ...coding, ...plain, '-f', 'mp4', out],
      'the clip',
      () => undefined,
      watchFor('the clip', PATIENCE, signal),
      data,
    );
    if (code !== 0)
      throw new UsageError(
        `Expected an ffmpeg that writes H.264 (libx264) but it failed: ${reasonOf({ code, complaint })}`,
      );
    return await readFile(out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
