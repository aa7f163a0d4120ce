import { expect, test } from 'vitest';
import { costPlot } from '../../src/report/search/cost-plot.js';
import { drawArchitecture } from '../../src/report/search/drawing.js';
import { searchPage } from '../../src/report/search/page.js';

const library = { script: 'const uPlot = 1', style: '.u {}' };
const atomnas = {
  family: 'atomnas',
  options: {
    blocks: [
      { outputs: 8, stride: 1, kernels: [3], channels: [4] },
      { outputs: 8, stride: 1, kernels: [], channels: [] },
      { outputs: 12, stride: 2, kernels: [3, 7], channels: [9, 2] },
    ],
  },
};

test('the drawing has a bar per kernel, and says identity where none is left', () => {
  const drawing = drawArchitecture(atomnas);
  expect(drawing).toContain('7×7: 2 channels');
  expect(drawing).toContain('identity');
  expect(drawing).toContain('stride 2');
});

test('AutoNL shows where LightNL sits, CAKES its splits, others nothing', () => {
  const blocks = [{ kernel: 5, expansion: 6, outputs: 24, stride: 1, nonlocal: { ratio: 0.25, stride: 2 } }];
  expect(drawArchitecture({ family: 'autonl', options: { blocks } })).toContain('LightNL 0.25 / 2');
  const splits = [{ kxkxk: 3, '1xkxk': 0, kx1x1: 5 }];
  expect(drawArchitecture({ family: 'cakes-video', options: { splits } })).toContain('kx1x1: 5 channels');
  expect(drawArchitecture({ family: 'resnet', options: {} })).toBe('');
});

test('the page shows budget and cost by epoch, and nothing of it is code', () => {
  const record = { epoch: 0, macs: 90, living: 60, params: 7, pressure: 0.1, removed: 3 };
  const result = {
    ...{ search: 'atomnas', config: atomnas, inputShape: [16, 16, 3], macs: 60, params: 7 },
    ...{ target: { macs: 61 }, records: [record] },
  };
  const validation = { type: 'validation', time: 0, metrics: { top1: 0.25 } } as const;
  const page = searchPage({ name: '</script><b>', result, lines: [validation], trained: [], library });
  expect(page).toContain('0.2500');
  expect(page).toContain('Target, macs');
  expect(page).toContain('"Multiply-accumulates, millions"');
  expect(page).not.toContain('\ufffd');
  expect(page).not.toContain('<b>');
  expect(page).toContain("default-src 'none'");
});

test('a cost plot has every network, every mean with its interval, and round axes', () => {
  const svg = costPlot(
    [
      {
        name: 'search',
        points: [
          { cost: 3, score: 60 },
          { cost: 3.2, score: 64 },
        ],
        halfInterval: 5,
      },
      { name: 'random <', points: [{ cost: 3.1, score: 58 }] },
    ],
    { cost: 'multiply-accumulates, millions', score: 'top1, %' },
  );
  expect(svg.match(/<circle/g)).toHaveLength(3);
  expect(svg).toContain('<title>search: 62 at 3.1, 2 networks</title>');
  expect(svg).toContain('random &lt;');
  for (const tick of ['56', '60', '68']) expect(svg).toContain(`>${tick}</text>`);
  expect(svg).not.toContain('NaN');
});
