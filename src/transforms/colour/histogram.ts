import { channels, type Raster } from '../../core/sample.js';
import { clamp01, frameLength, toByte, white, withData } from '../pixels.js';

/** Stretches each channel of each frame so that its darkest value becomes 0 and its brightest white. */
export function autocontrast(raster: Raster): Raster {
  if (white(raster.data) === 255) return perChannel(raster, stretchTable);
  const { data } = raster;
  const out = data.slice();
  for (const { start, end, step } of runs(raster)) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = start; i < end; i += step) {
      low = Math.min(low, data[i]!);
      high = Math.max(high, data[i]!);
    }
    if (high > low) for (let i = start; i < end; i += step) out[i] = clamp01((data[i]! - low) / (high - low));
  }
  return withData(raster, out);
}

/**
 * Makes each channel of each frame have about equally many pixels of every value, as Pillow's `equalize`. Floats go
 * through bytes, as in torchvision.
 */
export function equalize(raster: Raster): Raster {
  if (white(raster.data) === 255) return perChannel(raster, equalTable);
  const bytes = withData(
    raster,
    Uint8Array.from(raster.data, (value) => Math.trunc(clamp01(value) * 255.999)),
  );
  const { data } = perChannel(bytes, equalTable);
  return withData(
    raster,
    Float32Array.from(data, (value) => value / 255),
  );
}

/** Elements of one channel of one frame: every `step`-th from start. */
function* runs(raster: Raster): Generator<{ start: number; end: number; step: number }> {
  const step = channels(raster);
  const length = frameLength(raster);
  for (let base = 0; base < raster.data.length; base += length) {
    for (let c = 0; c < step; c++) yield { start: base + c, end: base + length, step };
  }
}

function perChannel(raster: Raster, table: (histogram: Uint32Array) => Uint8Array | undefined): Raster {
  const { data } = raster;
  const out = data.slice();
  const histogram = new Uint32Array(256);
  for (const { start, end, step } of runs(raster)) {
    histogram.fill(0);
    for (let i = start; i < end; i += step) histogram[data[i]!]!++;
    const values = table(histogram);
    if (values !== undefined) for (let i = start; i < end; i += step) out[i] = values[data[i]!]!;
  }
  return withData(raster, out);
}

function stretchTable(histogram: Uint32Array): Uint8Array | undefined {
  const low = histogram.findIndex((count) => count > 0);
  const high = histogram.findLastIndex((count) => count > 0);
  if (high <= low) return undefined;
  const scale = 255 / (high - low);
  return Uint8Array.from({ length: 256 }, (_, value) => toByte(value * scale + -low * scale));
}

/** Pillow's table: cumulated counts in steps of a 255th of all pixels but the brightest. */
function equalTable(histogram: Uint32Array): Uint8Array | undefined {
  const filled = histogram.filter((count) => count > 0);
  const rest = filled.slice(0, -1).reduce((a, b) => a + b, 0);
  const step = Math.floor(rest / 255);
  if (filled.length <= 1 || step === 0) return undefined;
  let sum = Math.floor(step / 2);
  return Uint8Array.from(histogram, (count) => {
    const value = Math.min(255, Math.floor(sum / step));
    sum += count;
    return value;
  });
}
