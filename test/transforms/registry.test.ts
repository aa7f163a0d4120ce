import { describe, expect, it } from 'vitest';
import { Rng } from '../../src/core/rng.js';
import { type Axis, extents, type Raster, type Sample } from '../../src/core/sample.js';
import { fromData, replay, run, type Transform } from '../../src/core/transform.js';
import { transforms } from '../../src/transforms/registry.js';

/** Options for transforms that have no defaults; several where they take several paths. */
const OPTIONS: Readonly<Record<string, readonly object[]>> = {
  centerCrop: [{ size: 7 }, { size: { height: 30, width: 5 } }],
  randomCrop: [{ size: 7, padding: 2 }, { size: 40 }],
  randomResizedCrop: [{ size: 9 }, { size: { height: 4, width: 11 }, filter: 'bicubic' }],
  resize: [
    { fit: 'short', size: 9 },
    { height: 9, width: 30 },
    { fit: 'cover', height: 9, width: 9 },
    { fit: 'contain', height: 9, width: 9 },
  ],
};

const KINDS: Readonly<Record<string, { axes: readonly Axis[]; shape: readonly number[] }>> = {
  image: { axes: ['y', 'x'], shape: [12, 15] },
  video: { axes: ['t', 'y', 'x'], shape: [3, 12, 15] },
  volume: { axes: ['z', 'y', 'x'], shape: [5, 12, 15] },
};
const CLASSES = [0, 3, 7];

/** A sample whose mask marks where its picture is bright, so that misalignment shows. */
function sample(kind: string): Sample {
  const { axes, shape } = KINDS[kind]!;
  const count = shape.reduce((a, b) => a * b);
  const mask = Uint8Array.from({ length: count }, (_, i) => CLASSES[(i >> 2) % 3]!);
  const image = Uint8Array.from({ length: count * 3 }, (_, i) => mask[Math.floor(i / 3)]! * 30 + (i % 3));
  const raster = (role: Raster['role'], channels: number, data: Uint8Array): Raster => ({
    role,
    axes,
    shape: [...shape, channels],
    data,
  });
  const rasters = { image: raster('intensity', 3, image), mask: raster('mask', 1, mask) };
  return { id: kind, index: 0, rasters, label: [{ classId: 1, weight: 1 }], trace: [] };
}

const cases = [...transforms].flatMap(({ name }) =>
  (OPTIONS[name] ?? [{}]).flatMap((options) => Object.keys(KINDS).map((kind) => ({ name, options, kind }))),
);

describe.each(cases)('$name $options on $kind', ({ name, options, kind }) => {
  const transform: Transform = fromData(transforms, { name, options });
  const seeds = Array.from({ length: 12 }, (_, seed) => Rng.of(seed).at(name));

  it('is pure and deterministic', async () => {
    for (const rng of seeds) {
      const before = sample(kind);
      const result = await run(before, [transform], rng);
      expect(before).toEqual(sample(kind));
      expect(await run(sample(kind), [transform], rng)).toEqual(result);
    }
  });

  it('keeps rasters aligned and mask classes what they were', async () => {
    for (const rng of seeds) {
      const { image, mask } = (await run(sample(kind), [transform], rng)).rasters;
      expect(extents(mask!)).toEqual(extents(image!));
      expect([mask!.role, mask!.axes, mask!.shape.at(-1)]).toEqual(['mask', image!.axes, 1]);
      expect([...mask!.data].every((value) => CLASSES.includes(value))).toBe(true);
      expect(image!.data.length).toBe(image!.shape.reduce((a, b) => a * b));
    }
  });

  it('replays from its trace as JSON', async () => {
    for (const rng of seeds) {
      const result = await run(sample(kind), [transform], rng);
      const trace = JSON.parse(JSON.stringify(result.trace));
      expect(await replay(sample(kind), trace, transforms)).toEqual(result);
    }
  });

  it('is rebuilt from name and options as JSON', async () => {
    const rebuilt = fromData(transforms, JSON.parse(JSON.stringify({ name, options: transform.options })));
    expect(rebuilt.options).toEqual(transform.options);
    for (const rng of seeds.slice(0, 3)) {
      expect(await run(sample(kind), [rebuilt], rng)).toEqual(await run(sample(kind), [transform], rng));
    }
  });

  it('refuses options that it does not know', () => {
    expect(() => fromData(transforms, { name, options: { ...options, nonsense: 1 } })).toThrow(name);
  });
});

it('unknown names are told with the known ones', () => {
  expect(() => fromData(transforms, { name: 'flop' })).toThrow(/Unknown transform "flop".*flip/);
});
