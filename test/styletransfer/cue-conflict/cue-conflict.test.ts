import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Batch, runBatch } from '../../../src/core/batch.js';
import { hard, type Label } from '../../../src/core/label.js';
import { Rng } from '../../../src/core/rng.js';
import { collate } from '../../../src/datasets/collate.js';
import { compile, openEngine } from '../../../src/engine/index.js';
import { writeSafetensors } from '../../../src/io/tensors/safetensors.js';
import {
  type CueDraw,
  cueConflictBy,
  cueConflictTensor,
  loadTensorStylizer,
  styleBank,
  type TensorStylizer,
} from '../../../src/styletransfer/index.js';
import { initialParameters } from '../../../src/styletransfer/network/stylizer-config.js';
import { packStylizer } from '../../../src/styletransfer/network/stylizer-weights.js';
import { mixup, normalize } from '../../../src/transforms/batch/index.js';
import { draw } from '../../helpers/fixtures.js';
import { pixelStylizer } from '../../helpers/pixel-stylizer.js';

const config = { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 16, head: 8 };
const SIDE = 32;

function bytes(index: number, side = SIDE): Uint8Array {
  const shape = (['disc', 'square', 'cross'] as const)[index % 3]!;
  const texture = (['stripes', 'checks', 'dots', 'plain'] as const)[index % 4]!;
  return draw({ shape, texture, width: side, height: side, hue: index / 7 });
}
function pictures(count: number, labels: readonly Label[] = []): Batch {
  const all = Array.from({ length: count }, (_, index) => [...bytes(index)]).flat();
  return {
    x: tf.tidy(() => tf.div(tf.tensor(all, [count, SIDE, SIDE, 3]), 255)),
    labels: Array.from({ length: count }, (_, index) => labels[index] ?? hard(index)),
    ids: Array.from({ length: count }, (_, index) => `picture ${index}`),
    route: 'main',
    trace: [],
  };
}
const drawOf = (view: Batch) => view.trace[0]!.params as CueDraw;
const difference = (a: tf.Tensor, b: tf.Tensor) => tf.tidy(() => tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]!);

let folder: string;
let stylizer: TensorStylizer;
let input: Batch;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cuemix-'));
  const { tensors, metadata } = packStylizer(config, initialParameters(config, 3));
  const weights = join(folder, 'w.safetensors');
  await writeFile(weights, writeSafetensors(tensors, metadata));
  stylizer = await loadTensorStylizer({ path: 'embedded', weights });
  input = pictures(6);
});
afterAll(async () => {
  input.x.dispose();
  stylizer.dispose();
  await rm(folder, { recursive: true });
});

describe('cue conflict in a batch', () => {
  it('gives the batch as it is, and a painted view with dual labels for the auxiliary route', () => {
    tf.tidy(() => {
      const [main, aux] = runBatch(input, [cueConflictBy(stylizer)()], Rng.of(1)) as [Batch, Batch];
      expect(main).toMatchObject({ route: 'main', labels: input.labels });
      expect(main.x).toBe(input.x);
      expect(aux).toMatchObject({ route: 'aux', ids: input.ids });
      expect(aux.x.shape).toEqual(input.x.shape);
      const { styles, alpha } = drawOf(aux);
      expect([...styles].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      expect(alpha).toEqual(new Array(6).fill(0.5));
      aux.labels.forEach((label, shape) => {
        expect(label).toEqual([
          { classId: shape, weight: 0.8, cue: 'shape' },
          { classId: styles[shape], weight: expect.closeTo(0.2, 12) as number, cue: 'texture' },
        ]);
      });
    });
  });

  it('paints each picture with the style that its label names', () => {
    tf.tidy(() => {
      const pixels = pixelStylizer();
      const [, aux] = runBatch(input, [cueConflictBy(pixels)({ alpha: 1 })], Rng.of(4)) as [Batch, Batch];
      const wanted = tf.unstack(pixels.encode(input.x as tf.Tensor4D));
      tf.unstack(pixels.encode(aux.x as tf.Tensor4D)).forEach((got, index) => {
        const texture = aux.labels[index]!.find(({ cue }) => cue === 'texture')!.classId;
        expect(difference(got, wanted[texture]!)).toBeLessThan(1e-3);
      });
    });
  });

  it('lends no picture its own style in a derangement, and draws all of them alike', () => {
    const few = { ...input, labels: input.labels.slice(0, 4) };
    const transform = cueConflictBy(stylizer)({ pairing: 'derangement' });
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 1800; seed++) {
      const { styles } = transform.params(few, Rng.of(seed))!;
      styles.forEach((style, index) => {
        expect(style).not.toBe(index);
      });
      counts.set(`${styles}`, (counts.get(`${styles}`) ?? 0) + 1);
    }
    expect(counts.size).toBe(9);
    const chi2 = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    expect(chi2).toBeLessThan(32); // 8 degrees of freedom: p > 1e-4
  });

  it('paints a smaller view of pictures and masks', () => {
    tf.tidy(() => {
      const masks = tf.cast(tf.greater(tf.mean(input.x, 3, true), 0.5), 'int32');
      const [main, aux] = runBatch(
        { ...input, masks },
        [cueConflictBy(stylizer)({ size: 22 })],
        Rng.of(2),
      ) as [Batch, Batch];
      expect(main.x.shape).toEqual([6, 32, 32, 3]);
      expect(aux.x.shape).toEqual([6, 22, 22, 3]);
      expect(aux.masks!.shape).toEqual([6, 22, 22, 1]);
      const row = Math.floor((5 * 32) / 22);
      expect(tf.slice(aux.masks!, [3, 5, 0, 0], [1, 1, 1, 1]).dataSync()).toEqual(
        tf.slice(masks, [3, row, 0, 0], [1, 1, 1, 1]).dataSync(),
      );
    });
  });

  it('gives all frames of a clip one style', () => {
    tf.tidy(() => {
      const still = tf.expandDims(input.x, 1);
      const clip = { ...input, x: tf.tile(still, [1, 3, 1, 1, 1]) };
      const [, aux] = runBatch(clip, [cueConflictBy(stylizer)()], Rng.of(5)) as [Batch, Batch];
      const [, one] = runBatch(input, [cueConflictBy(stylizer)()], Rng.of(5)) as [Batch, Batch];
      expect(aux.x.shape).toEqual([6, 3, SIDE, SIDE, 3]);
      for (const frame of tf.unstack(aux.x, 1)) expect(difference(frame, one.x)).toBeLessThan(1e-4);
    });
  });

  it('comes before Mixup, which then changes the clean view alone', () => {
    tf.tidy(() => {
      const list = [cueConflictBy(stylizer)(), mixup(), normalize()];
      const [main, aux] = runBatch(input, list, Rng.of(3)) as [Batch, Batch];
      const [, alone] = runBatch(input, [list[0]!], Rng.of(3)) as [Batch, Batch];
      expect(aux.labels).toEqual(alone.labels);
      expect(main.labels).not.toEqual(input.labels);
      for (const label of [...main.labels, ...aux.labels])
        expect(label.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 6);
    });
  });

  it('computes the same as part of a compiled step, with draws as inputs', async () => {
    await openEngine();
    const step = compile((x, styles, alpha) =>
      cueConflictTensor(stylizer, x!, {
        source: { from: 'batch' },
        styles: styles as tf.Tensor1D,
        alpha: alpha as tf.Tensor1D,
        side: 24,
      }),
    );
    for (const seed of [0, 1]) {
      const transform = cueConflictBy(stylizer)({ size: 24, alpha: [0, 1] });
      const { styles, alpha } = transform.params(input, Rng.of(seed))!;
      const inputs = [tf.tensor1d([...styles], 'int32'), tf.tensor1d([...alpha])];
      const compiled = await step(input.x, ...inputs);
      const eager = tf.tidy(
        () => (transform.apply(input, transform.params(input, Rng.of(seed))!) as Batch[])[1]!.x,
      );
      expect(difference(compiled, eager)).toBeLessThan(1e-4);
      tf.dispose([...inputs, compiled, eager]);
    }
    step.dispose();
  });

  it('leaves auxiliary views alone, and says what it cannot paint', () => {
    tf.tidy(() => {
      const transform = cueConflictBy(stylizer)();
      const aux = { ...input, route: 'aux' as const };
      expect(runBatch(aux, [transform], Rng.of(0))).toMatchObject([{ x: aux.x, labels: aux.labels }]);
      const grey = { ...input, x: tf.mean(input.x, 3, true) };
      expect(() => runBatch(grey, [transform], Rng.of(0))).toThrow(/pictures of 3 channels/);
      expect(() => cueConflictBy(stylizer)({ size: 8 })).toThrow(/16/);
    });
  });
});

describe('cue conflict from a bank of styles', () => {
  const styles = (labelled: boolean) =>
    [0, 1, 2].map((batch) =>
      collate(
        [0, 1].map((place) => ({
          id: `style ${2 * batch + place}`,
          index: 2 * batch + place,
          rasters: {
            image: {
              role: 'intensity' as const,
              axes: ['y', 'x'] as const,
              shape: [40, 40, 3],
              data: bytes(20 + 2 * batch + place, 40),
            },
          },
          ...(labelled && { label: hard(90 + 2 * batch + place) }),
          trace: [],
        })),
      ),
    );

  it.each([true, false])(
    'draws styles, with texture votes where they have classes (%s)',
    async (labelled) => {
      const before = tf.memory().numTensors;
      const pixels = pixelStylizer();
      const bank = await styleBank(pixels, styles(labelled), { labelled });
      expect(bank.statistics.shape).toEqual([6, 6]);
      tf.tidy(() => {
        const [, aux] = runBatch(input, [cueConflictBy(pixels, bank)({ alpha: 1 })], Rng.of(8)) as [
          Batch,
          Batch,
        ];
        const drawn = drawOf(aux).styles;
        tf.unstack(pixels.encode(aux.x as tf.Tensor4D)).forEach((got, index) => {
          const style = tf.slice(bank.statistics, [drawn[index]!, 0], [1, -1]);
          expect(difference(got, tf.reshape(style, [-1]))).toBeLessThan(1e-3);
          const texture = aux.labels[index]!.find(({ cue }) => cue === 'texture')?.classId;
          expect(texture).toBe(labelled ? 90 + drawn[index]! : undefined);
          expect(aux.labels[index]!.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
        });
      });
      bank.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('refuses an empty bank, missing labels, and a bank of another network', async () => {
    const pixels = pixelStylizer();
    await expect(styleBank(pixels, [])).rejects.toThrow('one style or more');
    await expect(styleBank(pixels, styles(false), { labelled: true })).rejects.toThrow('style 0 has none');
    const bank = await styleBank(pixels, styles(true));
    expect(() => cueConflictBy(stylizer, bank)).toThrow(/encoded by embedded/);
    bank.dispose();
  });
});
