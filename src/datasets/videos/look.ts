import { sha256 } from '../../io/files/hash.js';
import { openVideo } from './open.js';

/** Frames that are decoded in one go. */
const CHUNK = 256;

/** What a whole, readable video is like. */
export interface VideoLook {
  /** Equal for videos of equal frames. */
  readonly hash: string;
  /** Height and width as shown. */
  readonly size: readonly [number, number];
  /** Container and codec. */
  readonly format: string;
}

/** Decodes every frame of a video. Throws DecodeError where one cannot be decoded whole. */
export async function lookAtVideo(path: string, signal?: AbortSignal): Promise<VideoLook> {
  const video = await openVideo(path, { noFollow: true }, signal);
  try {
    const { container, codec, height, width } = video.header;
    const { count } = video.index;
    const sums: string[] = [];
    for (let first = 0; first < count; first += CHUNK) {
      const positions = Array.from({ length: Math.min(CHUNK, count - first) }, (_, i) => first + i);
      sums.push(...(await video.hashes(positions, signal)));
    }
    return { hash: sha256(Buffer.from(sums.join())), size: [height, width], format: `${container}/${codec}` };
  } finally {
    await video.close();
  }
}
