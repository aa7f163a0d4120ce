import { openVideo, type Video } from './open.js';
import type { VideoOptions } from './options.js';

/** Videos that stay open, each with its index, decoder and frames' memory. */
export const KEPT_OPEN = 8;

/** Opens videos and keeps the last few open. */
export interface OpenVideos {
  /** `work` with the video at `path`, which stays open meanwhile. */
  use<T>(path: string, signal: AbortSignal | undefined, work: (video: Video) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

interface Kept {
  readonly opened: Promise<Video>;
  users: number;
}

/** A keeper of open videos. */
export function openVideos(options: VideoOptions): OpenVideos {
  const kept = new Map<string, Kept>();
  const drop = async ({ opened }: Kept) => {
    await (await opened.catch(() => undefined))?.close();
  };
  const evict = async () => {
    for (const [path, one] of kept) {
      if (kept.size <= KEPT_OPEN) return;
      if (one.users > 0) continue;
      kept.delete(path);
      await drop(one);
    }
  };
  return {
    async use(path, signal, work) {
      let one = kept.get(path);
      if (one === undefined) one = { opened: openVideo(path, options, signal), users: 0 };
      kept.delete(path);
      kept.set(path, one); // the last of the line is the last to go
      one.users++;
      try {
        return await work(await one.opened);
      } catch (error) {
        // A file that failed is opened anew: what failed may have been its opening, or somebody's patience.
        if (kept.get(path) === one) kept.delete(path);
        if (one.users === 1) await drop(one);
        throw error;
      } finally {
        one.users--;
        await evict();
      }
    },
    async close() {
      const all = [...kept.values()];
      kept.clear();
      await Promise.all(all.map(drop));
    },
  };
}
