import { describe, expect, it } from 'vitest';
import { fromFloat32, readSafetensors, writeSafetensors } from '../../../src/io/tensors/safetensors.js';
import {
  initialParameters,
  normalisedLayers,
  parameterShapes,
} from '../../../src/styletransfer/network/stylizer-config.js';
import { packStylizer, unpackStylizer } from '../../../src/styletransfer/network/stylizer-weights.js';
import { vggShapes } from '../../../src/styletransfer/network/vgg.js';
import { fromKernel, packVgg, readVgg, toKernel } from '../../../src/styletransfer/network/vgg-weights.js';

const config = { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 8, head: 6 };

describe('stylizer weights', () => {
  it('come back from a file as they went in, to half precision', () => {
    const values = initialParameters(config, 1);
    const { tensors, metadata } = packStylizer(config, values);
    const back = unpackStylizer(readSafetensors(writeSafetensors(tensors, metadata), 'w'), 'w');
    expect(back.config).toEqual(config);
    for (const [name, array] of values) {
      back.values.get(name)!.forEach((value, index) => {
        expect(value).toBeCloseTo(array[index]!, 2);
      });
    }
  });

  it('start with equal kernels for the four pixels of a block', () => {
    const kernel = initialParameters(config, 1).get('out.weight')!;
    for (let at = 0; at < kernel.length; at += 12) {
      expect([...kernel.slice(at, at + 3)]).toEqual([...kernel.slice(at + 9, at + 12)]);
    }
  });

  it('refuse a file of something else', () => {
    const { tensors, metadata } = packStylizer(config, initialParameters(config, 1));
    const file = (changed: Map<string, string>, arrays = tensors) => ({
      tensors: arrays,
      metadata: changed,
      verified: false,
    });
    expect(() => unpackStylizer(file(new Map()), 'f')).toThrow('no cuemix.stylizer');
    expect(() => unpackStylizer(file(new Map([['cuemix.stylizer', '{']])), 'f')).toThrow('not JSON');
    const huge = new Map([['cuemix.stylizer', JSON.stringify({ version: 4, ...config, deep: 1e9 })]]);
    expect(() => unpackStylizer(file(huge), 'f')).toThrow('deep is 1000000000');
    const other = new Map([['cuemix.stylizer', JSON.stringify({ version: 4, ...config, deep: 16 })]]);
    expect(() => unpackStylizer(file(other), 'f')).toThrow('Expected shape');
    expect(() => unpackStylizer(file(new Map(metadata), new Map()), 'f')).toThrow(
      'Expected stem.weight in f',
    );
  });

  it('name as many layers as channels are swapped', () => {
    expect(normalisedLayers(config)).toEqual([6, 8, 8, 6, 6, 4]);
    expect([...parameterShapes(config).keys()]).toContain('fine.0.1.bias');
  });
});

describe('VGG weights', () => {
  it('turn kernels round and back', () => {
    const values = Float32Array.from({ length: 54 }, (_, index) => index);
    const turned = toKernel(values, [3, 3, 3, 2]);
    expect(turned[1]).toBe(27); // first position, first input, second output
    expect([...fromKernel(turned, [3, 3, 3, 2])]).toEqual([...values]);
  });

  it('are read with and without the prefix of the whole network', () => {
    const values = new Map(
      [...vggShapes('decoder')].map(([name, shape]) => [
        name,
        new Float32Array(shape.reduce((product, extent) => product * extent, 1)).fill(0.5),
      ]),
    );
    const tensors = packVgg('decoder', values);
    expect(tensors.get('1.weight')!.shape).toEqual([256, 512, 3, 3]);
    const file = { tensors, metadata: new Map<string, string>(), verified: false };
    expect([...readVgg('decoder', file, 'f').keys()]).toEqual([...values.keys()]);
    const prefixed = new Map([...tensors].map(([name, array]) => [`decoder.${name}`, array]));
    expect(readVgg('decoder', { ...file, tensors: prefixed }, 'f').size).toBe(values.size);
    const wrong = new Map(tensors).set('1.bias', fromFloat32(new Float32Array(3)));
    expect(() => readVgg('decoder', { ...file, tensors: wrong }, 'f')).toThrow(
      'Expected shape [256] for decoder.1.bias',
    );
    expect(() => readVgg('vgg', file, 'f')).toThrow('Expected 0.weight (or vgg.0.weight) in f');
  });
});
