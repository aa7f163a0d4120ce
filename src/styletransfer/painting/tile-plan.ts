/** A decoded picture of any size: red, green, blue bytes, row by row. */
export interface LargePicture {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

export interface TileOptions {
  /** Side in pixels of what a tile contributes; default 512, a multiple of 8. */
  readonly tile?: number;
  readonly signal?: AbortSignal;
}

/** One axis of a tile: the window that is computed and the part of it that counts, in pixels of the framed picture. */
export interface Span {
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/** Where tiles lie along one axis. Every window has the same length, so that one compiled function does for all. */
export interface Axis {
  /** Pixels of the picture, and of the picture with its frame and rounded up. */
  readonly size: number;
  readonly framed: number;
  readonly window: number;
  readonly spans: readonly Span[];
}

/** Cuts `size` pixels, framed by `frame` reflected pixels, into parts of `tile` with `halo` around each. */
export function planAxis(size: number, frame: number, multiple: number, tile: number, halo: number): Axis {
  const framed = Math.ceil(size / multiple) * multiple + 2 * frame;
  const window = Math.min(framed, tile + 2 * halo);
  const spans: Span[] = [];
  for (let from = 0; from < framed; from += tile) {
    const start = Math.min(Math.max(0, from - halo), framed - window);
    spans.push({ start, from, to: Math.min(framed, from + tile) });
  }
  return { size, framed, window, spans };
}

/** The picture's own coordinate of a framed one: reflected without repeating the edge, like the padding of the network. */
export function reflected(at: number, { size }: Axis, frame: number, multiple: number): number {
  const rounded = Math.ceil(size / multiple) * multiple;
  const bounce = (value: number, length: number): number => {
    const folded = value < 0 ? -value : value;
    return folded >= length ? 2 * (length - 1) - folded : folded;
  };
  // First the frame around the rounded picture, then the rounding itself.
  return bounce(bounce(at - frame, rounded), size);
}
