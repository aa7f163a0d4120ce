import { z } from 'zod';
import { DecodeError } from '../../core/errors.js';
import type { Rng } from '../../core/rng.js';
import type { FrameIndex } from './frame-index.js';

/** Which frames make a clip. */
export const clipOptions = z.strictObject({
  frames: z.int().min(1).max(4096).default(16).describe('Frames of a clip.'),
  sampling: z
    .enum(['uniform', 'segments', 'dense', 'random'])
    .default('segments')
    .describe(
      'uniform: evenly over the video, the middle of each part; segments: a random frame of each part (TSN, arXiv 1608.00859); dense: every stride-th frame from a random start; random: frames from anywhere, in order.',
    ),
  stride: z.int().min(1).max(4096).default(1).describe('Distance of frames in dense clips.'),
  fps: z
    .number()
    .positive()
    .max(1000)
    .exactOptional()
    .describe('Frames are taken from the video as played at this rate, by its time stamps; else as stored.'),
  short: z
    .enum(['last', 'loop'])
    .default('last')
    .describe('Where a dense clip is longer than the video: repeat its last frame, or begin again.'),
});

/** Options as the user writes them. */
export type ClipOptions = z.input<typeof clipOptions>;
/** Options with their defaults. */
export type ClipRule = z.output<typeof clipOptions>;

/** Clip `clip` of `clips` that cover a video evenly: for evaluation, nothing is random then. */
export interface ClipNumber {
  readonly clip: number;
  readonly clips: number;
}

/** Frames of the longest timeline: six days of 60 a second. What damaged stamps ask for beyond it is refused. */
const LONGEST = 2 ** 25;

/**
 * Positions of the frames that are on the screen at 0, 1/fps, 2/fps, … after the first; all frames as stored where no
 * rate is told. Frames are held until the next one, so variable frame rates come out right.
 * @throws DecodeError E_TOO_LARGE for a video `name` whose time stamps span more than {@link LONGEST} frames
 */
export function timeline(
  { count, seconds, end }: FrameIndex,
  fps: number | undefined,
  name: string,
): Int32Array {
  if (fps === undefined) return Int32Array.from({ length: count }, (_, position) => position);
  const start = seconds[0]!;
  const ticks = Math.max(1, Math.round((end - start) * fps));
  if (!(ticks <= LONGEST)) {
    const reason = `its time stamps span ${end - start} seconds, more than ${LONGEST} frames at ${fps} a second.`;
    throw new DecodeError('E_TOO_LARGE', name, reason);
  }
  // Stamps are whole ticks of the file's clock, so a frame may seem to come a little late.
  const late = Math.min(0.001, 0.25 / fps);
  const positions = new Int32Array(ticks);
  for (let i = 0, position = 0; i < ticks; i++) {
    const now = start + i / fps + late;
    while (position + 1 < count && seconds[position + 1]! <= now) position++;
    positions[i] = position;
  }
  return positions;
}

/**
 * Positions of a clip's frames. With a number it is that one of evenly spread clips: dense clips start at even
 * distances, the others look at other places of each part; without one, `rng` draws.
 */
export function clipFrames(line: Int32Array, rule: ClipRule, rng: Rng, number?: ClipNumber): number[] {
  const { frames } = rule;
  const at = (place: number) => line[Math.min(line.length - 1, Math.floor(place))]!;
  const each = Array.from({ length: frames }, (_, i) => i);
  if (rule.sampling === 'dense') return dense(line, rule, rng, number);
  if (rule.sampling === 'random' && number === undefined) return anywhere(line, frames, rng);
  const part = line.length / frames;
  const fixed = number === undefined ? 0.5 : (number.clip + 0.5) / number.clips;
  const place = () => (number === undefined && rule.sampling === 'segments' ? rng.uniform() : fixed);
  return each.map((i) => at((i + place()) * part));
}

function dense(
  line: Int32Array,
  { frames, stride, short }: ClipRule,
  rng: Rng,
  number?: ClipNumber,
): number[] {
  const room = Math.max(0, line.length - ((frames - 1) * stride + 1));
  const start = number === undefined ? rng.integer(room + 1) : evenly(room, number);
  return Array.from({ length: frames }, (_, i) => {
    const place = start + i * stride;
    return line[short === 'loop' ? place % line.length : Math.min(place, line.length - 1)]!;
  });
}

/** The middle for one clip; else from the first possible start to the last. */
function evenly(room: number, { clip, clips }: ClipNumber): number {
  return clips === 1 ? room >> 1 : Math.round((clip * room) / (clips - 1));
}

/** Different frames as long as there are any, in order. */
function anywhere(line: Int32Array, frames: number, rng: Rng): number[] {
  const picked: number[] = [];
  for (let left = frames, round = 0; left > 0; round++) {
    const all = rng.at(round).permutation(line.length).toArray();
    picked.push(...all.slice(0, left).map((place) => line[place]!));
    left -= all.length;
  }
  return picked.sort((a, b) => a - b);
}
