import { describe, expect, it } from 'vitest';
import { cropPicture, padPicture, paintedSize } from '../../../src/styletransfer/plan/bucket.js';

const row = (...values: number[]) => ({
  width: values.length,
  height: 1,
  data: Uint8Array.from(values.flatMap((value) => [value, value + 100, 7])),
});
const firstChannel = ({ data }: { data: Uint8Array }) => [...data].filter((_, at) => at % 3 === 0);

describe('padPicture', () => {
  it('reflects without repeating the edge, as often as needed', () => {
    expect(firstChannel(padPicture(row(1, 2, 3), 9, 1))).toEqual([1, 2, 3, 2, 1, 2, 3, 2, 1]);
    expect(firstChannel(padPicture(row(5), 3, 2))).toEqual([5, 5, 5, 5, 5, 5]);
  });

  it('is undone by cropPicture', () => {
    const picture = { width: 3, height: 2, data: Uint8Array.from({ length: 18 }, (_, at) => at) };
    expect(cropPicture(padPicture(picture, 32, 32), 3, 2)).toEqual(picture);
  });
});

describe('paintedSize', () => {
  it('rounds sizes up where they differ from picture to picture', () => {
    expect(paintedSize({ size: 'keep' }, { width: 500, height: 375 })).toEqual({ width: 512, height: 384 });
    expect(paintedSize({ size: { short: 64 } }, { width: 64, height: 65 })).toEqual({
      width: 64,
      height: 96,
    });
    const fixed = { width: 225, height: 40 };
    expect(paintedSize({ size: fixed }, fixed)).toEqual(fixed);
  });
});
