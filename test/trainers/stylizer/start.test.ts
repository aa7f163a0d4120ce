import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../../src/io/tensors/safetensors.js';
import { initialParameters } from '../../../src/styletransfer/network/stylizer-config.js';
import { packStylizer } from '../../../src/styletransfer/network/stylizer-weights.js';
import { startParameters } from '../../../src/trainers/stylizer/start.js';

const small = { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 8, head: 6 };
const grown = { ...small, blocks: 2, head: 10 };

describe('a training that starts from weights', () => {
  const trained = initialParameters(small, 7);
  const { tensors, metadata } = packStylizer(small, trained);
  const file = readSafetensors(writeSafetensors(tensors, metadata), 'w');
  const started = startParameters(grown, 1, file);

  it('has them where shapes fit', () => {
    for (const name of ['stem.weight', 'blocks.0.1.weight', 'out.weight']) {
      started.get(name)!.forEach((value, index) => {
        expect(value).toBeCloseTo(trained.get(name)![index]!, 2);
      });
    }
  });

  it('has new blocks and a head that change nothing yet', () => {
    expect(started.get('blocks.1.1.weight')!.every((value) => value === 0)).toBe(true);
    expect(started.get('blocks.1.0.weight')!.some((value) => value !== 0)).toBe(true);
    expect(started.get('head.1.weight')!.every((value) => value === 0)).toBe(true);
  });

  it('is random without', () => {
    expect(startParameters(small, 7).get('stem.weight')).toEqual(trained.get('stem.weight'));
  });
});
