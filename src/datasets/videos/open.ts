import { DecodeError } from '../../core/errors.js';
import { takeRegion } from '../../core/region.js';
import { extentsOf, fitRegion } from '../../core/regions.js';
import type { Raster } from '../../core/sample.js';
import type { Pixels } from '../../core/simd/resample-kernel.js';
import type { Region } from '../../core/transform.js';
import { admitVideo } from './admit.js';
import type { Container } from './container.js';
import { chooseDecoder } from './decoder.js';
import type { FrameIndex } from './frame-index.js';
import { type DecoderName, type VideoLimits, type VideoOptions, videoLimits } from './options.js';
import { afterScaling } from './regions.js';
import type { VideoSource } from './source.js';
import { upright, uprightSize } from './upright.js';
import { watchFor } from './watch.js';

/** What a video says of itself. */
export interface VideoHeader {
  readonly container: Container;
  readonly codec: string;
  /** FFmpeg's name of the layout of decoded frames. */
  readonly pixelFormat: string;
  /** Extents of a frame as shown: turned as the file's rotation says. */
  readonly height: number;
  readonly width: number;
  /** Degrees clockwise that coded frames are turned by: 0, 90, 180 or 270. */
  readonly rotation: number;
  /** Bytes of the file. */
  readonly bytes: number;
  readonly decoder: DecoderName;
}

/** Which part of frames is wanted, and how long that may take. */
export interface FramesOptions {
  /** A rectangle of the upright frame, resampled; takes the place of the video's `resize`. */
  readonly region?: Region | undefined;
  /** Gives memory for the clip's bytes; new memory unless told. */
  readonly room?: (bytes: number) => Uint8Array | undefined;
  readonly signal?: AbortSignal;
}

/** An open video file. Any number of clips may be read, one after the other or at once. */
export interface Video {
  readonly header: VideoHeader;
  readonly index: FrameIndex;
  /**
   * The frames at `positions` (in any order, also repeated) as a clip `tyx` of RGB bytes; each needed frame is decoded
   * once. Throws RangeError for a frame that is not there; DecodeError: E_CORRUPT, E_TIMEOUT, E_TOO_LARGE; rejects with
   * the signal's reason.
   */
  frames(positions: readonly number[], options?: FramesOptions): Promise<Raster>;
  /** MD5 of the planes of frames as coded, before any conversion: equal for all decoders that follow the standard. */
  hashes(positions: readonly number[], signal?: AbortSignal): Promise<string[]>;
  close(): Promise<void>;
}

/**
 * Opens a video and makes the index of its frames. Nothing but this file is opened, whatever it contains. Throws
 * DecodeError: E_PATH, E_READ, E_EMPTY, E_FORMAT, E_TRUNCATED, E_CORRUPT, E_TOO_LARGE, E_TIMEOUT; UsageError where no
 * decoder is installed.
 */
export async function openVideo(
  path: string,
  options: VideoOptions = {},
  signal?: AbortSignal,
): Promise<Video> {
  const limits = videoLimits(options);
  signal?.throwIfAborted();
  const file = await admitVideo(path, limits);
  const decoder = await chooseDecoder(limits.decoder);
  const source = await decoder.open(file, limits, watchFor(path, limits.timeout, signal));
  const { codec, pixelFormat, turns } = source.header;
  const size = uprightSize(source.header);
  const header: VideoHeader = {
    container: file.container,
    codec,
    pixelFormat,
    ...size,
    rotation: turns * 90,
    bytes: file.bytes,
    decoder: decoder.name,
  };
  const { count, seconds, end, keys } = source.index;
  let line: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = line.then(work);
    line = result.catch(() => undefined);
    return result;
  };
  return {
    header,
    index: { count, seconds, end, keys },
    frames: (positions, wanted = {}) =>
      inTurn(() => readClip(source, path, limits, check(positions, count), wanted)),
    hashes: (positions, stop) =>
      inTurn(async () => {
        const needed = ascending(check(positions, count));
        const found = await source.hashes(needed, watchFor(path, limits.timeout, stop));
        const byPosition = new Map(needed.map((position, place) => [position, found[place]!]));
        return positions.map((position) => byPosition.get(position)!);
      }),
    close: () => inTurn(() => source.close()),
  };
}

async function readClip(
  source: VideoSource,
  name: string,
  limits: VideoLimits,
  positions: readonly number[],
  { region: told, room, signal }: FramesOptions,
): Promise<Raster> {
  signal?.throwIfAborted();
  const { resize, resampler, maxClipBytes } = limits;
  const { turns } = source.header;
  const shown = uprightSize(source.header);
  const region = told ?? fitRegion(shown.height, shown.width, resize);
  const { height, width } = extentsOf(region);
  const area = height * width * 3;
  const bytes = area * positions.length;
  if (bytes > maxClipBytes) {
    const reason = `${positions.length} frames of ${width}x${height} need ${bytes} bytes; the limit is ${maxClipBytes} (maxClipBytes).`;
    throw new DecodeError('E_TOO_LARGE', name, reason);
  }
  const data = room?.(bytes) ?? new Uint8Array(bytes);
  const needed = ascending(positions);
  const places = placesOf(positions);
  const rest = resampler === 'fast' ? afterScaling(region, shown.height, shown.width) : undefined;
  const [tall, wide] = [region.size.height, region.size.width];
  const size = rest && (turns % 2 === 0 ? { height: tall, width: wide } : { height: wide, width: tall });
  const take = (pixels: Pixels, at: number) => {
    const [first, ...others] = places.get(needed[at]!)!;
    const into = data.subarray(first! * area, (first! + 1) * area);
    takeRegion(upright(pixels, turns), rest ?? region, resampler, () => into);
    for (const place of others) data.set(into, place * area);
  };
  const order = { positions: needed, exact: resampler === 'exact', size };
  await source.read(order, take, watchFor(name, limits.timeout, signal));
  return { role: 'intensity', axes: ['t', 'y', 'x'], shape: [positions.length, height, width, 3], data };
}

/** Where each position stands in a list. */
function placesOf(positions: readonly number[]): ReadonlyMap<number, number[]> {
  const places = new Map<number, number[]>();
  for (const [place, position] of positions.entries()) {
    const known = places.get(position);
    if (known === undefined) places.set(position, [place]);
    else known.push(place);
  }
  return places;
}

function check(positions: readonly number[], count: number): readonly number[] {
  const wrong = positions.find(
    (position) => !Number.isInteger(position) || position < 0 || position >= count,
  );
  if (positions.length > 0 && wrong === undefined) return positions;
  throw new RangeError(`Expected frames from 0 to ${count - 1} but received ${wrong ?? 'none'}.`);
}

function ascending(positions: readonly number[]): readonly number[] {
  return [...new Set(positions)].sort((a, b) => a - b);
}
