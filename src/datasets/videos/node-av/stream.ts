import type { CodecContext, CodecParameters, FormatContext, Frame, Packet, Stream } from 'node-av/lib';
import { DecodeError } from '../../../core/errors.js';
import type { AdmittedFile } from '../admit.js';
import { demuxerOf, seeksExactly } from '../container.js';
import { checkFrameSize, turnsOf } from '../header.js';
import type { VideoLimits } from '../options.js';
import type { StreamHeader } from '../source.js';
import type { NodeAv } from './load.js';
import { type Unreferenced, unreferencedIn } from './unreferenced.js';

/** A file's video stream with its demuxer and decoder, opened. */
export interface OpenStream {
  readonly header: StreamHeader;
  readonly demuxer: FormatContext;
  readonly decoder: CodecContext;
  readonly stream: Stream;
  readonly packet: Packet;
  readonly frame: Frame;
  readonly unreferenced: Unreferenced | undefined;
  /** To open the same file again; undefined where that needs to look at its packets each time. */
  readonly probed: Probed | undefined;
  close(): void;
}

/** What FFmpeg learns of a stream by decoding its first frames. */
export type Probed = Pick<CodecParameters, 'format' | 'width' | 'height' | 'videoDelay'>;

const NO_STAMP = -9223372036854775808n;

/** A time stamp as a number of ticks; NaN where there is none. */
export function ticksOf(stamp: bigint): number {
  return stamp === NO_STAMP ? Number.NaN : Number(stamp);
}

/**
 * Opens the first video stream that is no cover picture. The demuxer is named and may open this very file only. What was
 * learned `before` is not looked for again.
 * Throws DecodeError: E_CORRUPT, E_FORMAT (no video stream, no decoder for it), E_TOO_LARGE.
 */
export function openStream(
  { lib, constants }: NodeAv,
  file: AdmittedFile,
  limits: VideoLimits,
  before?: Probed,
): OpenStream {
  const { name, container } = file;
  const corrupt = (what: string) => new DecodeError('E_CORRUPT', name, what);
  const demuxer = new lib.FormatContext();
  const kept: { free?(): void; freeContext?(): void }[] = [];
  const close = () => {
    for (const one of kept.splice(0).reverse()) (one.freeContext ?? one.free)?.call(one);
    demuxer.closeInputSync();
  };
  const options = lib.Dictionary.fromObject({ protocol_whitelist: 'file' });
  const format = lib.InputFormat.findInputFormat(demuxerOf(container));
  if (format === null)
    throw new DecodeError('E_FORMAT', name, `this build of node-av does not read ${container}.`);
  if (demuxer.openInputSync(`file:${file.path}`, format, options) < 0)
    throw corrupt(`it is damaged: its ${container} structure cannot be read.`);
  try {
    if (before === undefined && demuxer.findStreamInfoSync() < 0)
      throw corrupt('it is damaged: its streams cannot be read.');
    const stream = demuxer.streams.find(
      ({ codecpar, disposition }) =>
        codecpar.codecType === constants.AVMEDIA_TYPE_VIDEO &&
        (disposition & constants.AV_DISPOSITION_ATTACHED_PIC) === 0,
    );
    if (stream === undefined) throw new DecodeError('E_FORMAT', name, 'it has no video stream.');
    for (const other of demuxer.streams)
      if (other.index !== stream.index) other.discard = constants.AVDISCARD_ALL; // sound is not read at all
    const { codecpar } = stream;
    if (before !== undefined) Object.assign(codecpar, before);
    const { format: pixels, width, height, videoDelay } = codecpar;
    const codec = lib.avGetCodecName(codecpar.codecId) ?? 'unknown';
    checkFrameSize(width, height, name, limits);
    const found = lib.Codec.findDecoder(codecpar.codecId);
    if (found === null)
      throw new DecodeError('E_FORMAT', name, `this build of node-av does not decode ${codec}.`);
    const decoder = new lib.CodecContext();
    decoder.allocContext3(found);
    kept.push(decoder);
    decoder.parametersToContext(codecpar);
    decoder.threadCount = 1; // clips are decoded side by side instead, and frames come out at once
    decoder.pktTimebase = stream.timeBase;
    decoder.setOption('max_pixels', BigInt(limits.maxPixels), constants.AV_OPT_TYPE_INT64);
    if (decoder.open2Sync() < 0) throw corrupt(`it is damaged: its ${codec} header cannot be read.`);
    const packet = new lib.Packet();
    packet.alloc();
    const frame = new lib.Frame();
    frame.alloc();
    kept.push(packet, frame);
    const matrix = codecpar.getCodedSideData(constants.AV_PKT_DATA_DISPLAYMATRIX);
    const header: StreamHeader = {
      codec,
      pixelFormat: lib.avGetPixFmtName(pixels as never) ?? 'unknown',
      width,
      height,
      turns: matrix === null ? 0 : turnsOf(matrix.readInt32LE(0), matrix.readInt32LE(4)),
    };
    const unreferenced = unreferencedIn(codec, codecpar.extradata);
    const probed = seeksExactly(container) ? { format: pixels, width, height, videoDelay } : undefined;
    return { header, demuxer, decoder, stream, packet, frame, unreferenced, probed, close };
  } catch (error) {
    close();
    throw error;
  }
}
