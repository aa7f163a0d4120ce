import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TransformError, UsageError } from '../../src/core/errors.js';
import { registry } from '../../src/core/registry.js';
import { Rng } from '../../src/core/rng.js';
import { picture, type Sample } from '../../src/core/sample.js';
import { defineTransform, fromData, replay, run } from '../../src/core/transform.js';

const add = defineTransform({
  name: 'add',
  options: z.strictObject({ most: z.number().positive().default(9), p: z.number().default(1) }),
  on: 'intensity',
  params: (_sample, rng, { most, p }) => (rng.chance(p) ? { amount: rng.integer(most) } : null),
  apply: (raster, { amount }) => ({
    ...raster,
    data: raster.data.map((value) => value + amount) as Uint8Array,
  }),
});
const halve = defineTransform({
  name: 'halve',
  options: z.strictObject({}),
  params: () => ({}),
  apply: (raster) => (raster.role === 'mask' ? raster : picture(raster.data.slice(0, 3), 1, 1)),
});
const fail = defineTransform({
  name: 'fail',
  options: z.strictObject({}),
  params: () => {
    throw new Error('it was told to.');
  },
  apply: (raster) => raster,
});

const sample = (): Sample => ({
  id: 'a/1.png',
  index: 4,
  rasters: { image: picture(new Uint8Array(6), 1, 2), mask: picture(new Uint8Array(2), 1, 2, 'mask') },
  trace: [{ name: 'decode', params: {} }],
});

describe('defineTransform', () => {
  it('fills in defaults and names the factory', () => {
    expect(add.name).toBe('add');
    expect(add().options).toEqual({ most: 9, p: 1 });
    expect(add({ most: 3 }).options).toEqual({ most: 3, p: 1 });
  });

  it('refuses wrong options with the known keys', () => {
    expect(() => add({ most: -1 })).toThrow(UsageError);
    expect(() => add.build({ more: 1 })).toThrow('add: unknown key "more". Known keys: most, p.');
  });
});

describe('run', () => {
  it('draws at the position and name of each transform, and records it', async () => {
    const rng = Rng.of(1).at('sample', 4);
    const result = await run(sample(), [add(), add()], rng);
    const amounts = [0, 1].map((position) => {
      const draw = rng.at(position, 'add');
      draw.chance(1);
      return draw.integer(9);
    });
    expect(result.trace.slice(1)).toEqual(amounts.map((amount) => ({ name: 'add', params: { amount } })));
    expect(result.rasters.image!.data[0]).toBe(amounts[0]! + amounts[1]!);
    expect([...result.rasters.mask!.data]).toEqual([0, 0]);
  });

  it('records a draw that changes nothing', async () => {
    const result = await run(sample(), [add({ p: 0 })], Rng.of(1));
    expect(result.trace[1]).toEqual({ name: 'add', params: null });
    expect(result.rasters).toEqual(sample().rasters);
  });

  it('names sample and transform when one fails', async () => {
    const attempt = run(sample(), [fail()], Rng.of(1));
    await expect(attempt).rejects.toThrow('Transform fail failed on a/1.png: it was told to.');
    await expect(attempt).rejects.toBeInstanceOf(TransformError);
  });

  it('refuses a result whose rasters differ in extent', async () => {
    await expect(run(sample(), [halve()], Rng.of(1))).rejects.toThrow(/differ in extent: 1x1, 1x2/);
  });

  it('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(run(sample(), [add()], Rng.of(1), signal)).rejects.toThrow('enough');
  });
});

describe('registries', () => {
  const known = registry('transform', [add, halve]);

  it('rebuild from data and replay a trace', async () => {
    const transform = fromData(
      known,
      JSON.parse(JSON.stringify({ name: 'add', options: add({ most: 5 }).options })),
    );
    const { trace: _, ...bare } = sample();
    const before: Sample = { ...bare, trace: [] };
    const result = await run(before, [transform], Rng.of(9));
    expect(await replay(before, result.trace, known)).toEqual(result);
  });

  it('list names, and refuse unknown and double ones', () => {
    expect(known.names).toEqual(['add', 'halve']);
    expect([...known].map(({ name }) => name)).toEqual(['add', 'halve']);
    expect([known.has('add'), known.has('toString')]).toEqual([true, false]);
    expect(() => known.get('sub')).toThrow('Unknown transform "sub". Known: add, halve.');
    expect(() => registry('transform', [add, add])).toThrow(/add is there twice/);
  });
});
