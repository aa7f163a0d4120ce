import type { AdmittedFile } from './admit.js';
import type { TickIndex } from './frame-index.js';
import { checkFrameCount } from './header.js';
import type { VideoLimits } from './options.js';

/** Frames of all indexes that are remembered: 16 bytes each. */
const MOST_FRAMES = 2_000_000;

/**
 * What one decoder learned of files in this thread: making an index reads the whole file and may decode it. A file that
 * changed is another one.
 */
export class KnownFiles<T extends { readonly index: TickIndex }> {
  /** Those that were used last come last. */
  private readonly known = new Map<string, T>();
  private frames = 0;

  /** Undefined for one that is not known. Throws DecodeError E_TOO_LARGE for more frames than `limits` allow. */
  get(file: AdmittedFile, limits: VideoLimits): T | undefined {
    const found = this.known.get(keyOf(file));
    if (found !== undefined) checkFrameCount(found.index.count, file.name, limits);
    return found;
  }

  /** Remembers a file, in place of those that were not used for longest. */
  set(file: AdmittedFile, what: T): void {
    const key = keyOf(file);
    this.drop(key);
    this.known.set(key, what);
    this.frames += what.index.count;
    for (const oldest of this.known.keys()) {
      if (this.frames <= MOST_FRAMES) return;
      this.drop(oldest);
    }
  }

  private drop(key: string): void {
    this.frames -= this.known.get(key)?.index.count ?? 0;
    this.known.delete(key);
  }
}

function keyOf({ state, path }: AdmittedFile): string {
  return `${state} ${path}`;
}
