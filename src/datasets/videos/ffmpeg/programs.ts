import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The programs of FFmpeg. */
export interface Programs {
  readonly ffmpeg: string;
  readonly ffprobe: string;
  /** As it says itself, such as 5.1.9. */
  readonly version: string;
  /** The option that keeps every frame; renamed in FFmpeg 5.1. */
  readonly passthrough: readonly [string, string];
}

let found: Promise<Programs | undefined> | undefined;

/** `ffmpeg` and `ffprobe` of the PATH, or undefined where one of them does not run. */
export function findFfmpeg(): Promise<Programs | undefined> {
  found ??= look();
  return found;
}

async function look(): Promise<Programs | undefined> {
  const run = promisify(execFile);
  try {
    const options = { timeout: 10_000, windowsHide: true };
    const [{ stdout }] = await Promise.all([
      run('ffmpeg', ['-version'], options),
      run('ffprobe', ['-version'], options),
    ]);
    const [, major, minor] = /^ffmpeg version n?(\d+)\.(\d+)/.exec(stdout) ?? [];
    const old = major !== undefined && Number(major) + Number(minor) / 10 < 5.1;
    return {
      ffmpeg: 'ffmpeg',
      ffprobe: 'ffprobe',
      version: /^ffmpeg version (\S+)/.exec(stdout)?.[1] ?? 'unknown',
      passthrough: old ? ['-vsync', 'passthrough'] : ['-fps_mode', 'passthrough'],
    };
  } catch {
    return undefined;
  }
}
