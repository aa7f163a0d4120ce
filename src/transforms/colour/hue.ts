import type { Raster } from '../../core/sample.js';
import { clamp01, withData } from '../pixels.js';
import { isColour } from './luma.js';

/** [hue, saturation, value] or [red, green, blue]. */
type Triple = [number, number, number];

/**
 * Turns the hue of every pixel by `shift` turns. Bytes go through Pillow's HSV of three bytes, as torchvision does
 * with images; floats through HSV of floats, as it does with tensors. Grey rasters stay as they are.
 */
export function shiftHue(raster: Raster, shift: number): Raster {
  if (!isColour(raster)) return raster;
  const { data } = raster;
  const out = data.slice();
  const pixel: Triple = [0, 0, 0];
  const isBytes = data instanceof Uint8Array;
  const steps = Math.trunc(shift * 255);
  for (let at = 0; at < data.length; at += 3) {
    const r = data[at]!;
    const g = data[at + 1]!;
    const b = data[at + 2]!;
    if (isBytes) {
      bytesToHsv(r, g, b, pixel);
      hsvToBytes((pixel[0] + steps) & 255, pixel[1], pixel[2], pixel);
    } else {
      rgbToHsv(r, g, b, pixel);
      hsvToRgb(pixel[0] + shift, pixel[1], pixel[2], pixel);
    }
    out[at] = pixel[0];
    out[at + 1] = pixel[1];
    out[at + 2] = pixel[2];
  }
  return withData(raster, out);
}

/** RGB in 0..1 to HSV, each in 0..1. */
export function rgbToHsv(r: number, g: number, b: number, out: Triple): void {
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  out[2] = most;
  out[1] = range === 0 ? 0 : range / most;
  out[0] = range === 0 ? 0 : hueOf(r, g, b, most, range);
}

/** HSV to RGB, each in 0..1; the hue may be any number of turns. */
export function hsvToRgb(h: number, s: number, v: number, out: Triple): void {
  const turns = (h - Math.floor(h)) * 6;
  const sector = Math.floor(turns);
  const f = turns - sector;
  place(sector % 6, v, clamp01(v * (1 - s)), clamp01(v * (1 - s * f)), clamp01(v * (1 - s * (1 - f))), out);
}

function hueOf(r: number, g: number, b: number, most: number, range: number): number {
  const rc = (most - r) / range;
  const gc = (most - g) / range;
  const bc = (most - b) / range;
  const h = r === most ? bc - gc : g === most ? 2 + rc - bc : 4 + gc - rc;
  return (h / 6 + 1) % 1;
}

/** Pillow's RGB to HSV of bytes, in the single precision of its C code. */
function bytesToHsv(r: number, g: number, b: number, out: Triple): void {
  const most = Math.max(r, g, b);
  const range = most - Math.min(r, g, b);
  out[2] = most;
  out[0] = 0;
  out[1] = 0;
  if (range === 0) return;
  const rc = Math.fround((most - r) / range);
  const gc = Math.fround((most - g) / range);
  const bc = Math.fround((most - b) / range);
  const h = Math.fround(r === most ? bc - gc : g === most ? 2 + rc - bc : 4 + gc - rc);
  const turns = h / 6 + 1; // from 5/6 to 11/6
  out[0] = Math.trunc(Math.fround(turns >= 1 ? turns - 1 : turns) * 255);
  out[1] = Math.trunc(Math.fround(range / most) * 255);
}

function hsvToBytes(h: number, s: number, v: number, out: Triple): void {
  const turns = Math.fround((h * 6) / 255);
  const strength = Math.fround(s / 255);
  const sector = Math.floor(turns);
  const f = Math.fround(turns - sector);
  const p = Math.round(v * (1 - strength)); // all within 0 and v
  const q = Math.round(v * (1 - strength * f));
  const t = Math.round(v * (1 - strength * (1 - f)));
  place(sector % 6, v, p, q, t, out);
}

/** The colour of one of the six sectors of the wheel. */
function place(sector: number, v: number, p: number, q: number, t: number, out: Triple): void {
  out[0] = sector === 0 || sector === 5 ? v : sector === 1 ? q : sector === 4 ? t : p;
  out[1] = sector === 1 || sector === 2 ? v : sector === 0 ? t : sector === 3 ? q : p;
  out[2] = sector === 3 || sector === 4 ? v : sector === 2 ? t : sector === 5 ? q : p;
}
