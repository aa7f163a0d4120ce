import { DecodeError } from '../../../core/errors.js';
import type { AdmittedFile } from '../admit.js';
import { keyBefore, type TickIndex } from '../frame-index.js';
import { KnownFiles } from '../known-files.js';
import type { VideoLimits } from '../options.js';
import type { FrameOrder, VideoDecoder, Watch } from '../source.js';
import { byLine, type Ending, QUIET, reasonOf, runChild } from './child.js';
import { indexByProbe, inputOf, type ProbedStream, probe } from './probe.js';
import type { Programs } from './programs.js';
import { runsOf, selectBy } from './select.js';

const EXACT = 'bilinear+accurate_rnd+full_chroma_int+bitexact';

const known = new KnownFiles<{ readonly index: TickIndex }>();

/** Decodes in child processes, by the programs of FFmpeg. */
export function ffmpegDecoder(programs: Programs): VideoDecoder {
  return {
    name: 'ffmpeg',
    async open(file, limits, watch) {
      const stream = await probe(programs, file, limits, watch);
      const { header } = stream;
      const before = known.get(file, limits);
      const index = before?.index ?? (await indexByProbe(programs, file, stream, limits, watch));
      known.set(file, { index });
      const job = { programs, file, stream, index, limits };
      return {
        header,
        index,
        async read(order, take, watch) {
          const { width, height } = order.size ?? header;
          const bytes = width * height * 3;
          await eachRun(job, order.positions, watch, async (run, done, start) => {
            const frame = new Uint8Array(bytes);
            let [filled, came] = [0, 0];
            const piecewise = (piece: Buffer) => {
              for (let at = 0; at < piece.length; ) {
                const part = piece.subarray(at, at + bytes - filled);
                frame.set(part, filled);
                filled += part.length;
                at += part.length;
                if (filled < bytes) continue;
                filled = 0;
                take({ data: frame, offset: 0, stride: width * 3, height, width }, done + came++);
              }
            };
            const args = argumentsFor(job, run, start, order);
            const ending = await runChild(programs.ffmpeg, args, file.name, piecewise, watch);
            return { came, ending };
          });
        },
        async hashes(positions, watch) {
          const found: string[] = [];
          await eachRun(job, positions, watch, async (run, done, start) => {
            found.length = done;
            const line = byLine((text) => {
              if (!text.startsWith('#') && text.includes(',')) found.push(text.split(',').at(-1)!.trim());
            });
            const args = argumentsFor(job, run, start);
            const ending = await runChild(programs.ffmpeg, args, file.name, line, watch);
            return { came: found.length - done, ending };
          });
          return found;
        },
        close: () => Promise.resolve(),
      };
    },
  };
}

interface Job {
  readonly programs: Programs;
  readonly file: AdmittedFile;
  readonly stream: ProbedStream;
  readonly index: TickIndex;
  readonly limits: VideoLimits;
}

/**
 * Calls `work` for runs of positions that one child decodes in one go, from the key frame before them. Where frames do
 * not come that way, once more from the start of the file. Throws DecodeError E_CORRUPT for what does not come then.
 */
async function eachRun(
  { index, file }: Job,
  positions: readonly number[],
  watch: Watch,
  work: (
    run: readonly number[],
    done: number,
    start: number,
  ) => Promise<{ readonly came: number; readonly ending: Ending }>,
): Promise<void> {
  let done = 0;
  for (const run of runsOf(positions, index)) {
    watch.check();
    const start = index.ticks === undefined ? 0 : keyBefore(index.keys, run[0]!);
    let result = await work(run, done, start);
    if (result.came < run.length && start > 0) result = await work(run, done, 0);
    if (result.came < run.length) {
      const missing = run[result.came];
      const reason = `frame ${missing} of ${index.count} cannot be decoded: the file is damaged (ffmpeg: ${reasonOf(result.ending)}).`;
      throw new DecodeError('E_CORRUPT', file.name, reason);
    }
    done += run.length;
  }
}

/** With `order` RGB bytes come out, without it the MD5 of frames as coded. */
function argumentsFor(
  { programs, file, stream, index, limits }: Job,
  run: readonly number[],
  start: number,
  order?: FrameOrder,
): string[] {
  const { header, number } = stream;
  const seek =
    start > 0 ? ['-noaccurate_seek', '-seek_timestamp', '1', '-ss', `${index.seconds[start]!}`] : [];
  const { width, height } = order?.size ?? header;
  const scale = `scale=${width}:${height}:flags=${order?.exact === false ? 'bilinear' : EXACT}`;
  const filters = [selectBy(run, index), ...(order === undefined ? [] : [scale, 'format=rgb24'])];
  return [
    ...['-nostdin', ...QUIET, '-copyts', '-threads', '1', '-max_pixels', `${limits.maxPixels}`],
    ...['-xerror', '-err_detect', 'explode', '-noautorotate', ...seek, ...inputOf(file)],
    ...['-map', `0:${number}`, '-vf', filters.join(','), '-filter_threads', '1', ...programs.passthrough],
    ...['-frames:v', `${run.length}`, '-f', order === undefined ? 'framemd5' : 'rawvideo', 'pipe:1'],
  ];
}
