import type { CakesSplit } from './cakes.js';

/** The six published splits: 1,2D / 2,3D / 1,2,3D, cost (C) or performance (P) first. */
export type CakesPreset = '12D-C' | '12D-P' | '23D-C' | '23D-P' | '123D-C' | '123D-P';

/** Channels of 3×3×3 / 1×3×3 / 3×1×1 of the 16 bottlenecks, stages separated by bars. */
const TABLE: Readonly<Record<CakesPreset, string>> = {
  '12D-P':
    '-/32/32 -/42/22 -/34/30 | -/90/38 -/67/61 -/76/52 -/79/49 | -/173/83 -/167/89 -/153/103 -/172/84 -/171/85 -/145/111 | -/293/219 -/394/118 -/217/295',
  '12D-C':
    '-/34/30 -/44/20 -/59/5 | -/109/19 -/69/59 -/87/41 -/105/23 | -/190/66 -/153/103 -/167/89 -/160/96 -/150/106 -/95/161 | -/324/188 -/299/213 -/170/342',
  '23D-P':
    '41/23/- 45/19/- 53/11/- | 68/60/- 56/72/- 61/67/- 74/54/- | 154/102/- 148/108/- 161/95/- 134/122/- 145/111/- 172/84/- | 328/184/- 307/205/- 303/209/-',
  '23D-C':
    '14/50/- 10/54/- 4/60/- | 16/112/- 27/101/- 15/113/- 15/113/- | 57/199/- 48/208/- 73/183/- 48/208/- 59/197/- 97/159/- | 290/222/- 340/172/- 441/71/-',
  '123D-P':
    '28/35/1 24/40/0 38/25/1 | 35/54/39 37/84/7 20/98/10 43/75/10 | 133/76/47 125/82/49 63/174/19 120/74/62 102/86/68 114/112/30 | 257/91/164 236/215/61 337/83/92',
  '123D-C':
    '2/38/24 2/47/15 1/56/7 | 15/106/7 8/82/38 11/99/18 7/106/15 | 58/179/19 32/188/36 58/179/19 47/194/15 53/190/13 80/132/44 | 279/233/0 352/158/2 442/61/9',
};

/** The operation and the splits, one per bottleneck, of a published network. */
export function cakesPreset(preset: CakesPreset): { op: '1+2d' | '2+3d' | '1+2+3d'; splits: CakesSplit[] } {
  const splits = TABLE[preset].split(/[ |]+/).map((text): CakesSplit => {
    const [cube, plane, line] = text.split('/').map((part) => (part === '-' ? undefined : Number(part)));
    return {
      ...(cube === undefined ? {} : { kxkxk: cube }),
      ...(plane === undefined ? {} : { '1xkxk': plane }),
      ...(line === undefined ? {} : { kx1x1: line }),
    };
  });
  const op = preset.startsWith('123D') ? '1+2+3d' : preset.startsWith('12D') ? '1+2d' : '2+3d';
  return { op, splits };
}
