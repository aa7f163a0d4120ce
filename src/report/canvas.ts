import { GLYPH_HEIGHT, GLYPH_WIDTH, glyphsOf, isSet } from './font.js';

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];

/** A picture of RGB bytes to paste pictures on and write labels under. */
export class Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;

  constructor(width: number, height: number, background: Colour) {
    this.width = width;
    this.height = height;
    this.data = new Uint8Array(width * height * 3);
    this.fill(0, 0, width, height, background);
  }

  /** Fills a rectangle; what lies outside is left out. */
  fill(left: number, top: number, width: number, height: number, colour: Colour): void {
    const right = Math.min(left + width, this.width);
    for (let y = Math.max(0, top); y < Math.min(top + height, this.height); y++) {
      for (let x = Math.max(0, left); x < right; x++) this.data.set(colour, (y * this.width + x) * 3);
    }
  }

  /** Pastes RGB pixels with their upper left corner at (left, top); the picture must fit. */
  paste(picture: { width: number; height: number; data: Uint8Array }, left: number, top: number): void {
    const row = picture.width * 3;
    for (let y = 0; y < picture.height; y++) {
      const pixels = picture.data.subarray(y * row, (y + 1) * row);
      this.data.set(pixels, ((top + y) * this.width + left) * 3);
    }
  }

  /** Writes one line, at most `width` pixels long (with `..` where it was cut), glyphs `scale` times as large. */
  write(text: string, left: number, top: number, width: number, colour: Colour, scale = 1): void {
    const room = Math.floor(width / (GLYPH_WIDTH * scale));
    const all = glyphsOf(text);
    const glyphs = all.length <= room ? all : [...all.slice(0, Math.max(0, room - 2)), ...glyphsOf('..')];
    for (const [place, glyph] of glyphs.entries()) {
      for (let y = 0; y < GLYPH_HEIGHT; y++) {
        for (let x = 0; x < GLYPH_WIDTH; x++) {
          if (!isSet(glyph, x, y)) continue;
          this.fill(left + (place * GLYPH_WIDTH + x) * scale, top + y * scale, scale, scale, colour);
        }
      }
    }
  }
}
