import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { decodeImage } from '../../src/datasets/decode/image.js';
import { openEngine } from '../../src/engine/index.js';
import { efficientnetLite0, loadWeights } from '../../src/models/index.js';
import { describeShared } from '../helpers/shared.js';

interface Expected {
  readonly shape_bias: number;
  readonly stimuli: Readonly<
    Record<string, { readonly decision16: string; readonly top3: number[]; readonly logits3: number[] }>
  >;
}
interface SixteenClasses {
  readonly categories: Readonly<Record<string, { readonly imagenet1k: readonly number[] }>>;
}

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

/** Categories by the mean probability over their classes, highest first. */
function ranking(logits: ArrayLike<number>, { categories }: SixteenClasses): (readonly [string, number])[] {
  const highest = Math.max(...Array.from(logits));
  return Object.entries(categories)
    .map(([name, { imagenet1k }]) => {
      const total = imagenet1k.reduce((sum, index) => sum + Math.exp(logits[index]! - highest), 0);
      return [name, total / imagenet1k.length] as const;
    })
    .sort((a, b) => b[1] - a[1]);
}

describeShared('EfficientNet-Lite0 with its ImageNet weights', (shared) => {
  beforeAll(async () => {
    await openEngine();
  });

  it('decides on the cue-conflict stimuli as in PyTorch', async () => {
    const expected = readJson(join(shared, 'data/weights/expected-public-cue-conflict.json')) as Expected;
    const sixteen = readJson(join(shared, 'data/cue-conflict/sixteen-class-map.json')) as SixteenClasses;
    const { stimuli } = expected;
    const model = efficientnetLite0();
    await loadWeights(model, join(shared, 'data/weights/efficientnet_lite0_imagenet1k_f16.safetensors'));
    const names = Object.keys(stimuli);
    let [largest, byShape, byTexture, ties] = [0, 0, 0, 0];
    for (const name of names) {
      const { raster } = await decodeImage(join(shared, 'data/cue-conflict/stimuli', name));
      const logits = tf.tidy(() => {
        const pixels = tf.tensor(Float32Array.from(raster.data), [1, 224, 224, 3]);
        return model.apply(tf.sub(tf.div(pixels, 127.5), 1)).dataSync();
      });
      const { decision16, top3, logits3 } = stimuli[name]!;
      const [best, second] = ranking(logits, sixteen);
      // The expected numbers come from float32 weights, the file holds float16: closer than 1 % is a tie.
      const decision = best![1] < 1.01 * second![1] && second![0] === decision16 ? second![0] : best![0];
      if (decision !== best![0]) ties++;
      expect(decision, name).toBe(decision16);
      const [, shapeClass, textureClass] = /^[^/]+\/([a-z]+)\d+-([a-z]+)\d+\.png$/.exec(name)!;
      if (shapeClass !== textureClass && decision16 === shapeClass) byShape++;
      if (shapeClass !== textureClass && decision16 === textureClass) byTexture++;
      top3.forEach((classId, rank) => {
        largest = Math.max(largest, Math.abs(logits[classId]! - logits3[rank]!));
      });
    }
    expect(byShape / (byShape + byTexture)).toBeCloseTo(expected.shape_bias, 5);
    expect(names.length).toBe(160);
    expect(ties).toBeLessThanOrEqual(1);
    expect(largest).toBeLessThan(0.06);
    model.dispose();
  });
});
