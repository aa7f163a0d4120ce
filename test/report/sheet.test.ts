import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Canvas } from '../../src/report/canvas.js';
import { glyphsOf } from '../../src/report/font.js';
import { contactSheet } from '../../src/report/sheet.js';
import { hostileData } from './data.js';

/** Rows of `#` and `.`, a pixel each. */
function rowsOf(canvas: Canvas): string[] {
  return Array.from({ length: canvas.height }, (_, y) =>
    Array.from({ length: canvas.width }, (_, x) =>
      canvas.data[(y * canvas.width + x) * 3] === 0 ? '#' : '.',
    ).join(''),
  );
}

describe('Canvas', () => {
  it('writes letters', () => {
    const canvas = new Canvas(7, 13, [255, 255, 255]);
    canvas.write('L', 0, 0, 7, [0, 0, 0]);
    expect(rowsOf(canvas).slice(2, 11)).toEqual([...Array.from({ length: 8 }, () => '#......'), '######.']);
  });

  it('cuts what is too long and stays inside', () => {
    const canvas = new Canvas(30, 10, [255, 255, 255]);
    canvas.write('a very long label', 5, -2, 21, [0, 0, 0], 1);
    expect(rowsOf(canvas).every((row) => row.slice(0, 5) === '.....' && row.slice(26) === '....')).toBe(true);
    expect(rowsOf(canvas).join('')).toContain('#');
  });

  it('drops accents and marks what it lacks', () => {
    expect(glyphsOf('é')).toEqual(glyphsOf('e'));
    expect(glyphsOf('日🦆\n')).toEqual(glyphsOf('???'));
  });
});

describe('contactSheet', () => {
  it.each([
    [1, 1],
    [5, 3],
    [40, 8],
  ])('of %i outputs has %i rows', async (count, rows) => {
    const sheet = await contactSheet(await hostileData(count));
    const { width, height, format } = await sharp(sheet).metadata();
    expect([width, height, format]).toEqual([1040, 86 + rows * 196, 'jpeg']);
  });

  it('is the same for the same data', async () => {
    expect(await contactSheet(await hostileData(2))).toEqual(await contactSheet(await hostileData(2)));
  });
});
