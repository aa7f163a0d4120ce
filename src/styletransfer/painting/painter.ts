import type { PainterIdentity } from '../dataset/manifest.js';

/** A picture in memory: `height` rows of `width` RGB pixels, one byte a value. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A clip in memory: pictures of one size, one after the other. */
export interface Clip extends Picture {
  /** Frames a second. */
  readonly rate: number;
}

/**
 * What turns pictures (or clips) and styles into such: a network, or anything else (a plug-in). The same inputs must always give
 * the same bytes, and no output may depend on which other calls were made before.
 */
export interface Painter<Style = unknown, Content extends Picture = Picture> {
  readonly identity: PainterIdentity;
  /** What is to be known of a style. Called once for each style; the result is cached. */
  encodeStyle(style: Picture): Promise<Style>;
  /**
   * Paints each content (all of one size) in the style at the same place; results have the size of the contents. After
   * `signal` aborted nobody waits for them: what takes long should then stop.
   */
  paint(
    contents: readonly Content[],
    styles: readonly Style[],
    alpha: number,
    signal?: AbortSignal,
  ): Promise<readonly Content[]>;
  /** Frees what the painter holds. */
  dispose(): void;
}
