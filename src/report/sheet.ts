import { loadSharp } from '../datasets/decode/sharp.js';
import type { ReportData, Shown } from '../styletransfer/dataset/finish.js';
import { Canvas, type Colour } from './canvas.js';
import { labelled } from './labelled.js';

const CELL = 160; // a thumbnail's longest side
const GAP = 4;
const MARGIN = 16;
const LABELS = 36;
const COLUMNS = 2;
const TRIPLE = 3 * CELL + 2 * GAP;
const TITLE = 70;

const PAPER: Colour = [255, 255, 255];
const FRAME: Colour = [238, 238, 236];
const INK: Colour = [28, 28, 30];
const FAINT: Colour = [110, 110, 116];

/** Outputs on one sheet at most. */
export const SHEET_OUTPUTS = 16;

/**
 * A contact sheet as JPEG: content, style and result of up to 16 outputs with their labels.
 */
export async function contactSheet({ dataset, shown, cells }: ReportData): Promise<Buffer> {
  const picked = shown.length <= SHEET_OUTPUTS ? shown : spread(shown, SHEET_OUTPUTS);
  const rows = Math.ceil(picked.length / COLUMNS);
  const width = 2 * MARGIN + COLUMNS * TRIPLE + (COLUMNS - 1) * 2 * MARGIN;
  const canvas = new Canvas(width, TITLE + rows * (CELL + LABELS) + MARGIN, PAPER);
  const { delivered } = dataset.counts.outputs;
  const classes = cells.size === 1 ? '1 class' : `${cells.size} classes`;
  const title = `${delivered} cue-conflict ${dataset.recipe.video ? 'clips' : 'pictures'} of ${classes}`;
  canvas.write(title, MARGIN, 12, width - 2 * MARGIN, INK, 2);
  for (let column = 0; column < COLUMNS; column++) {
    for (const [place, name] of ['content', 'style', 'result'].entries()) {
      canvas.write(
        name,
        MARGIN + column * (TRIPLE + 2 * MARGIN) + place * (CELL + GAP),
        TITLE - 18,
        CELL,
        FAINT,
      );
    }
  }
  for (const [place, item] of picked.entries()) {
    const left = MARGIN + (place % COLUMNS) * (TRIPLE + 2 * MARGIN);
    await drawOutput(
      canvas,
      labelled(dataset, item),
      left,
      TITLE + Math.floor(place / COLUMNS) * (CELL + LABELS),
    );
  }
  const sharp = await loadSharp();
  const raw = { width: canvas.width, height: canvas.height, channels: 3 } as const;
  return sharp(canvas.data, { raw }).jpeg({ quality: 90, chromaSubsampling: '4:4:4' }).toBuffer();
}

async function drawOutput(
  canvas: Canvas,
  { entry, preview }: Shown,
  left: number,
  top: number,
): Promise<void> {
  const sharp = await loadSharp();
  for (const [place, base64] of [preview.content, preview.style, preview.result].entries()) {
    const x = left + place * (CELL + GAP);
    canvas.fill(x, top, CELL, CELL, FRAME);
    const picture = sharp(Buffer.from(base64, 'base64')).resize(CELL, CELL, { fit: 'inside' });
    const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    canvas.paste({ width, height, data }, x + ((CELL - width) >> 1), top + ((CELL - height) >> 1));
  }
  const labels = [`shape: ${entry.shape.name}`, `texture: ${entry.texture.name}`, `alpha: ${entry.alpha}`];
  for (const [place, label] of labels.entries()) {
    canvas.write(label, left + place * (CELL + GAP), top + CELL + 4, CELL, INK);
  }
}

/** `count` items evenly spread over all. */
function spread<T>(items: readonly T[], count: number): T[] {
  return Array.from({ length: count }, (_, place) => items[Math.floor((place * items.length) / count)]!);
}
