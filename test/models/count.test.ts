import { describe, expect, test } from 'vitest';
import { countModel, modelEntry } from '../../src/models/registry.js';

/** Parameters and multiply-accumulates as the papers' own code counts them. */
const EXACT: Readonly<Record<string, readonly [params: number, macs: number]>> = {
  resnet18: [11_689_512, 1_814_073_344],
  resnet34: [21_797_672, 3_663_761_408],
  resnet50: [25_557_032, 4_089_184_256],
  resnet101: [44_549_160, 7_801_405_440],
  resnet152: [60_192_808, 11_513_626_624],
  'resnext50-32x4d': [25_028_904, 4_230_479_872],
  'resnext50-32x4d-mixbn': [25_097_128, 4_230_479_872],
  'resnext101-32x8d': [88_791_336, 16_414_015_488],
  'resnet50-bnet3': [25_677_864, 4_138_858_496],
  'autonl-s': [4_389_350, 266_878_784],
  'autonl-l': [5_580_336, 352_829_728],
  'atomnas-a': [3_885_272, 258_293_281],
  'atomnas-b': [4_453_927, 326_051_363],
  'atomnas-c': [4_782_696, 359_864_205],
  'atomnas-a-plus': [4_718_080, 260_353_874],
  'atomnas-b-plus': [5_509_410, 328_789_798],
  'atomnas-c-plus': [5_968_040, 362_910_842],
  'video-resnet50-3d': [46_499_054, 62_294_949_888],
  'video-resnet50-p3d': [27_636_974, 37_632_442_368],
  'cakes-12d-c': [20_498_030, 29_095_698_432],
  'cakes-23d-c': [35_695_598, 41_193_332_736],
  'cakes-123d-p': [33_508_334, 43_616_231_424],
};

test.each(Object.entries(EXACT))('%s has exactly the published counts', (name, [params, macs]) => {
  expect(countModel(modelEntry(name).config)).toMatchObject({ params, macs });
});

/** Published with fewer digits: millions of parameters, thousands of millions of multiply-accumulates. */
const ROUNDED: Readonly<Record<string, readonly [params: string, macs: string]>> = {
  'resnet50-mixbn': ['25.610', '4.089'],
  'resnet101-mixbn': ['44.655', '7.801'],
  'resnet152-mixbn': ['60.344', '11.514'],
  'resnext101-32x4d-mixbn': ['44.316', '7.970'],
  'resnet50-bnet1': ['25.557', '4.095'],
  'resnet50-bnet5': ['25.920', '4.227'],
  'resnet50-bnet7': ['26.282', '4.360'],
  'resnet101-bnet3': ['44.809', '7.882'],
  'resnet101-bnet5': ['45.329', '8.025'],
  'resnet101-bnet7': ['46.110', '8.239'],
  'atomnas-supernet': ['11.242', '1.521'],
  'atomnas-supernet-stem16': ['11.241', '1.511'],
  'video-resnet50-2d': ['23.865', '32.700'],
  'cakes-12d-p': ['20.885', '28.830'],
  'cakes-23d-p': ['37.478', '50.453'],
  'cakes-123d-c': ['35.029', '38.499'],
  'cakes-search-1+2d': ['32.674', '44.209'],
  'cakes-search-2+3d': ['62.854', '83.669'],
  'cakes-search-1+2+3d': ['71.664', '95.178'],
};

test.each(Object.entries(ROUNDED))('%s has the published counts', (name, [params, macs]) => {
  const count = countModel(modelEntry(name).config);
  expect([(count.params / 1e6).toFixed(3), (count.macs / 1e9).toFixed(3)]).toEqual([params, macs]);
});

describe('AutoNL counted in parts', () => {
  test.each([
    ['autonl-s', 8712, 6.77, 7],
    ['autonl-l', 16016, 11.5, 14],
  ])(
    '%s spends %i parameters and %f million MACs on its LightNL blocks',
    (name, params, millions, blocks) => {
      const { layers } = countModel(modelEntry(name).config);
      const own = layers.filter((layer) => layer.name.includes('.nl_op.'));
      const products = layers.filter(({ kind }) => kind === 'product');
      expect(own.reduce((sum, layer) => sum + layer.params, 0)).toBe(params);
      expect(products.length).toBe(2 * blocks);
      const macs = [...own, ...products].reduce((sum, layer) => sum + layer.macs, 0);
      expect(macs / 1e6).toBeCloseTo(millions, 2);
    },
  );
});

test('clips of twice the length cost twice as much', () => {
  const { config } = modelEntry('cakes-123d-p');
  expect(countModel(config, [16, 224, 224, 3]).macs).toBe(2 * countModel(config).macs);
});
