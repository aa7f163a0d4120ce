import type { Frame } from 'node-av/lib';
import { DecodeError } from '../../../core/errors.js';
import { keyBefore, type TickIndex } from '../frame-index.js';
import type { Watch } from '../source.js';
import type { NodeAv } from './load.js';
import { type OpenStream, ticksOf } from './stream.js';

/** Frames may come out in another order than they are shown in, but not by more than this. */
const REORDERED = 64;

/** A frame that should have come and did not, or not whole. */
class Lost extends Error {}

/** What one visit waits for. */
interface Errand {
  /** Place of each position that has not come. */
  readonly waiting: Map<number, number>;
  /** Positions whose packets the decoder has not seen. */
  readonly unsent: Set<number>;
  take(frame: Frame, place: number): void;
}

/**
 * Walks over wanted frames of a file: jumps to key frames, goes on where that is as near, and leaves out what nobody
 * needs. Stays where it is between visits.
 */
export class Walk {
  private readonly av: NodeAv;
  private readonly name: string;
  private readonly index: TickIndex;
  private readonly reopen: () => OpenStream;
  private open: OpenStream;
  /** Greatest position that was sent to the decoder since the last jump; -1 at the start. */
  private furthest = -1;
  /** Frames that came out since the start, for files whose frames are told by counting. */
  private counted = 0;
  private ended: boolean;
  /** The demuxer is past `packet`, the decoder has not seen it. */
  private held = false;
  private jumped = false;
  /** The last visit began where the one before it had ended. */
  private inSequence = false;
  private last = -1;

  /** `open` may stand anywhere unless it is `atStart`; `reopen` gives the same at the start. */
  constructor(
    av: NodeAv,
    name: string,
    index: TickIndex,
    open: OpenStream,
    atStart: boolean,
    reopen: () => OpenStream,
  ) {
    this.av = av;
    this.name = name;
    this.index = index;
    this.open = open;
    this.reopen = reopen;
    this.ended = !atStart;
  }

  /**
   * Calls `take` for each frame of `positions` (strictly ascending), mostly in order. Throws DecodeError E_CORRUPT for
   * one that does not come whole.
   */
  async visit(
    positions: readonly number[],
    take: (frame: Frame, place: number) => void,
    watch: Watch,
  ): Promise<void> {
    const waiting = new Map(positions.map((position, place) => [position, place]));
    const errand: Errand = { waiting, unsent: new Set(positions), take };
    this.inSequence = positions[0]! === this.last + 1;
    this.last = positions.at(-1)!;
    watch.check();
    try {
      while (waiting.size > 0) {
        this.approach(first(waiting));
        await this.run(errand, watch).catch((error: unknown) => {
          if (!(error instanceof Lost)) throw error;
          // A key frame that is none (the frames behind it refer to some before it): the start is sure to be one.
          if (!this.jumped) throw new DecodeError('E_CORRUPT', this.name, error.message);
          this.rewind();
          for (const position of waiting.keys()) errand.unsent.add(position);
          return this.run(errand, watch);
        });
      }
    } catch (error) {
      this.ended = true; // wherever this stopped, the next visit jumps
      throw error instanceof Lost ? new DecodeError('E_CORRUPT', this.name, error.message) : error;
    }
  }

  /** Frees everything. */
  close(): void {
    this.open.close();
  }

  /** Makes the decoder stand before `position`. */
  private approach(position: number): void {
    const { ticks, keys } = this.index;
    if (ticks === undefined) {
      if (position < this.counted || this.ended) this.rewind();
      return;
    }
    // What was sent may have been left out, so going on gives frames beyond it only.
    if (!this.ended && position > this.furthest && keyBefore(keys, position) <= this.furthest + 1) return;
    this.jump(keyBefore(keys, position));
  }

  private jump(key: number): void {
    const { demuxer, decoder, stream } = this.open;
    const stamp = BigInt(this.index.ticks![key]!);
    const { AVSEEK_FLAG_BACKWARD } = this.av.constants;
    const refused = demuxer.seekFrameSync(stream.index, stamp, AVSEEK_FLAG_BACKWARD) < 0;
    decoder.flushBuffers();
    this.ended = false;
    this.jumped = true;
    this.held = !refused && this.readPacket();
    const landed = this.held ? positionOf(this.index.ticks!, ticksOf(this.open.packet.pts)) : -1;
    if (landed < 0 || landed > key) this.rewind();
    else this.furthest = landed - 1;
  }

  private rewind(): void {
    this.open.close();
    this.open = this.reopen();
    this.furthest = -1;
    this.counted = 0;
    this.ended = false;
    this.held = false;
    this.jumped = false;
  }

  /** Goes on until everything came, or until the next wanted frame is nearer by a jump. */
  private async run({ waiting, unsent, take }: Errand, watch: Watch): Promise<void> {
    const { ticks, keys } = this.index;
    while (waiting.size > 0) {
      if (watch.due) await watch.breathe();
      this.sendNext(waiting, unsent);
      const { decoder, frame } = this.open;
      while (waiting.size > 0 && decoder.receiveFrameSync(frame) >= 0) {
        const position =
          ticks === undefined ? this.counted++ : positionOf(ticks, ticksOf(frame.bestEffortTimestamp));
        const place = waiting.get(position);
        if (place !== undefined) {
          this.checkWhole(frame, position);
          take(frame, place);
          waiting.delete(position);
          if (waiting.size === 0) frame.unref();
          else if (ticks !== undefined && keyBefore(keys, first(waiting)) > this.furthest + 1) return;
        } else if (position > first(waiting) + REORDERED) throw this.lost(first(waiting));
        frame.unref();
      }
      if (this.ended && waiting.size > 0) throw this.lost(first(waiting));
    }
  }

  private sendNext(waiting: ReadonlyMap<number, number>, unsent: Set<number>): void {
    const { decoder, packet } = this.open;
    // The decoder holds frames back to put them in order. Telling it that this is the end gives them sooner than more
    // packets do, but it must jump to go on: no gain for somebody who reads piece by piece.
    const enough = unsent.size === 0 && !this.inSequence && this.index.ticks !== undefined;
    if (enough || (!this.held && !this.readPacket())) {
      if (enough && this.held) packet.unref();
      this.held = false;
      decoder.sendPacketSync(null);
      this.ended = true;
      return;
    }
    this.held = false;
    const { ticks } = this.index;
    if (ticks !== undefined) {
      const position = positionOf(ticks, ticksOf(packet.pts));
      this.furthest = Math.max(this.furthest, position);
      unsent.delete(position);
      if (position >= 0 && !waiting.has(position) && this.canGo()) {
        packet.unref();
        return;
      }
    }
    decoder.sendPacketSync(packet); // a packet that is refused is missed when its frame does not come
    packet.unref();
  }

  private canGo(): boolean {
    const { unreferenced, packet } = this.open;
    return unreferenced !== undefined && packet.data !== null && unreferenced(packet.data);
  }

  /** Reads the stream's next packet; false at the end. */
  private readPacket(): boolean {
    const { demuxer, packet, stream } = this.open;
    while (demuxer.readFrameSync(packet) >= 0) {
      if (packet.streamIndex === stream.index) return true;
      packet.unref();
    }
    return false;
  }

  private checkWhole(frame: Frame, position: number): void {
    const { AV_FRAME_FLAG_CORRUPT } = this.av.constants;
    if ((frame.flags & AV_FRAME_FLAG_CORRUPT) !== 0 || frame.decodeErrorFlags !== 0) {
      frame.unref();
      throw this.lost(position);
    }
  }

  private lost(position: number): Lost {
    return new Lost(`frame ${position} of ${this.index.count} cannot be decoded: the file is damaged.`);
  }
}

function first(waiting: ReadonlyMap<number, number>): number {
  return waiting.keys().next().value!;
}

/** Position of a time stamp, or -1. */
function positionOf(ticks: Float64Array, tick: number): number {
  let [low, high] = [0, ticks.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ticks[middle]! < tick) low = middle + 1;
    else high = middle;
  }
  return ticks[low] === tick ? low : -1;
}
