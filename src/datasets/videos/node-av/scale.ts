import type { Frame, SoftwareScaleContext } from 'node-av/lib';
import type { Pixels } from '../../../core/simd/resample-kernel.js';
import type { NodeAv } from './load.js';

/** Turns decoded frames into RGB, by way of memory that it keeps. */
export class Scaler {
  private readonly av: NodeAv;
  private context: SoftwareScaleContext | undefined;
  private target: Frame | undefined;
  /** The target's memory, which stays where it is. */
  private pixels: Pixels | undefined;
  private key = '';

  constructor(av: NodeAv) {
    this.av = av;
  }

  /**
   * RGB pixels of a frame at `width` x `height`, valid until the next call; undefined where FFmpeg cannot convert it.
   * The colour matrix and range are those that the frame says.
   */
  rgb(frame: Frame, width: number, height: number, exact: boolean): Pixels | undefined {
    const target = this.prepare(width, height, exact);
    return this.context!.scaleFrameSync(target, frame) < 0 ? undefined : this.pixels;
  }

  private prepare(width: number, height: number, exact: boolean): Frame {
    const key = `${width}x${height} ${exact}`;
    if (this.target !== undefined && this.key === key) return this.target;
    this.close();
    const { lib, constants } = this.av;
    const rounding = constants.SWS_ACCURATE_RND | constants.SWS_FULL_CHR_H_INT | constants.SWS_BITEXACT;
    this.context = new lib.SoftwareScaleContext();
    this.context.allocContext();
    const flags = constants.SWS_BILINEAR | (exact ? rounding : 0);
    this.context.setOption('sws_flags', flags, constants.AV_OPT_TYPE_INT);
    const target = new lib.Frame();
    target.alloc();
    target.width = width;
    target.height = height;
    target.format = constants.AV_PIX_FMT_RGB24;
    target.getBuffer(1);
    const [data] = target.data ?? [];
    const [stride] = target.linesize;
    if (data !== undefined && stride !== undefined) this.pixels = { data, offset: 0, stride, height, width };
    this.target = target;
    this.key = key;
    return target;
  }

  /** Frees the memory. */
  close(): void {
    this.context?.freeContext();
    this.target?.free();
    this.context = undefined;
    this.target = undefined;
    this.pixels = undefined;
  }
}
