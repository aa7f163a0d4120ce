import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isBelow } from '../../../src/io/files/below.js';

describe('isBelow', () => {
  it('tells what lies in a folder from the folder and from its neighbours', () => {
    const folder = resolve('/data/set');
    expect(isBelow(folder, resolve(folder, 'a/b.jpg'))).toBe(true);
    expect(isBelow(folder, folder)).toBe(false);
    expect(isBelow(folder, resolve('/data/set-2/a.jpg'))).toBe(false);
    expect(isBelow(folder, resolve(folder, '../a.jpg'))).toBe(false);
  });

  it('takes everything else to be below the root', () => {
    expect(isBelow(resolve('/'), resolve('/data'))).toBe(true);
  });
});
