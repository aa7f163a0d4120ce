import type { HostBatch } from '../datasets/collate.js';
import { loadSharp } from '../datasets/decode/sharp.js';
import { Canvas, type Colour } from './canvas.js';

const GAP = 8;
const LABEL = 28;
const PAPER: Colour = [255, 255, 255];
const INK: Colour = [28, 28, 30];
const FAINT: Colour = [110, 110, 116];

/** A contact sheet of one batch of pictures as JPEG, with labels and names below each. */
export async function batchSheet(batch: HostBatch, classes: readonly string[] = []): Promise<Buffer> {
  const image = batch.rasters.image;
  if (
    image === undefined ||
    image.shape.length !== 4 ||
    image.shape[3] !== 3 ||
    !(image.data instanceof Uint8Array)
  )
    throw new TypeError('Expected a batch of pictures of three 8-bit channels.');
  const [count, height, width] = image.shape as [number, number, number, number];
  const columns = Math.ceil(Math.sqrt(count));
  const cell = { width: width + GAP, height: height + LABEL + GAP };
  const rows = Math.ceil(count / columns);
  const canvas = new Canvas(GAP + columns * cell.width, GAP + rows * cell.height, PAPER);
  for (let place = 0; place < count; place++) {
    const left = GAP + (place % columns) * cell.width;
    const top = GAP + Math.floor(place / columns) * cell.height;
    const data = image.data.subarray(place * height * width * 3, (place + 1) * height * width * 3);
    canvas.paste({ width, height, data }, left, top);
    const label = batch.labels[place]!.map(({ classId, weight }) =>
      weight === 1 ? (classes[classId] ?? classId) : `${classes[classId] ?? classId} ${weight.toFixed(2)}`,
    );
    canvas.write(label.join(', ') || 'no label', left, top + height + 3, width, INK);
    canvas.write(batch.ids[place]!, left, top + height + 3 + LABEL / 2, width, FAINT);
  }
  const sharp = await loadSharp();
  const raw = { width: canvas.width, height: canvas.height, channels: 3 } as const;
  return sharp(canvas.data, { raw }).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer();
}
