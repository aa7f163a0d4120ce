import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '../../../src/core/rng.js';
import { writeFileAtomic } from '../../../src/io/files/atomic.js';
import { fromFloat32, type NamedArray, writeSafetensors } from '../../../src/io/tensors/safetensors.js';
import { readWeights } from '../../../src/io/tensors/weights.js';
import { vggShapes } from '../../../src/styletransfer/network/vgg.js';
import { packVgg } from '../../../src/styletransfer/network/vgg-weights.js';
import { runStylizerTraining, type StylizerTraining } from '../../../src/trainers/stylizer/index.js';

/** VGG-16's names with random kernels: a loss that can fall, without a pretrained file. */
function randomPerceptual(): Uint8Array {
  const sizes: [string, number, number][] = [
    ['1_1', 3, 64],
    ['1_2', 64, 64],
    ['2_1', 64, 128],
    ['2_2', 128, 128],
    ['3_1', 128, 256],
    ['3_2', 256, 256],
    ['3_3', 256, 256],
    ['4_1', 256, 512],
  ];
  const tensors = new Map<string, NamedArray>();
  for (const [layer, from, to] of sizes) {
    const rng = Rng.of(layer);
    const spread = Math.sqrt(6 / (9 * from));
    const values = Float32Array.from({ length: 9 * from * to }, () => rng.uniform(-spread, spread));
    tensors.set(`conv${layer}.weight`, fromFloat32(values, [to, from, 3, 3]));
    tensors.set(`conv${layer}.bias`, fromFloat32(new Float32Array(to)));
  }
  return writeSafetensors(tensors);
}

describe('training a stylizer', () => {
  let folder: string;
  let training: StylizerTraining;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cuemix-'));
    for (const kind of ['content', 'styles']) {
      await mkdir(join(folder, kind));
      for (let index = 0; index < 3; index++) {
        const rng = Rng.of(kind).at(index);
        const data = Uint8Array.from({ length: 64 * 48 * 3 }, () => rng.integer(256));
        const picture = sharp(data, { raw: { width: 64, height: 48, channels: 3 } }).blur(
          kind === 'content' ? 4 : 1,
        );
        await picture.png().toFile(join(folder, kind, `${index}.png`));
      }
    }
    await writeFileAtomic(join(folder, 'vgg.safetensors'), randomPerceptual());
    training = {
      path: 'embedded',
      contents: [join(folder, 'content')],
      styles: [join(folder, 'styles')],
      holdOut: 3,
      perceptual: join(folder, 'vgg.safetensors'),
      out: join(folder, 'out'),
      seed: 5,
      precision: 'fp32',
      schedule: {
        steps: 6,
        rate: 1e-3,
        warmup: 2,
        batch: 2,
        size: 32,
        lateFrom: 0.9,
        lateBatch: 1,
        lateSize: 48,
      },
      resume: false,
      saveEvery: 3,
      previewEvery: 6,
      config: { stem: 4, middle: 6, deep: 8, blocks: 1, fine: 1, border: 8, head: 6 },
    };
  });

  afterAll(async () => {
    await rm(folder, { recursive: true });
  });

  const lines = async (out: string): Promise<string[]> =>
    (await readFile(join(out, 'losses.jsonl'), 'utf8')).trim().split('\n');

  it('goes on exactly where it was stopped', async () => {
    const whole = await runStylizerTraining(training);
    expect(whole.steps).toBe(6);
    expect(whole.held).toHaveLength(1);
    expect((await readdir(training.out)).sort()).toEqual([
      'checkpoint.safetensors',
      'embedded.safetensors',
      'held-out.json',
      'losses.jsonl',
      'preview-000006.png',
    ]);
    const out = join(folder, 'parts');
    const stop = new AbortController();
    const first = await runStylizerTraining({
      ...training,
      out,
      signal: stop.signal,
      onStep: (step) => {
        if (step === 3) stop.abort();
      },
    });
    expect(first.steps).toBe(4);
    const second = await runStylizerTraining({ ...training, out, resume: true });
    expect(second.steps).toBe(6);
    expect(await lines(out)).toEqual(await lines(training.out));
    expect(await readFile(second.weights)).toEqual(await readFile(whole.weights));
  });

  it('trains the decoder for a given encoder: losses fall, .pth and safetensors come out', async () => {
    const encoder = new Map(
      [...vggShapes('vgg')].map(([name, shape]) => {
        const rng = Rng.of(name);
        const size = shape.reduce((product, extent) => product * extent, 1);
        const spread = shape.length === 4 ? Math.sqrt(6 / (size / shape[3]!)) : 0;
        return [
          name,
          Float32Array.from({ length: size }, () => (spread === 0 ? 0 : rng.uniform(-spread, spread))),
        ];
      }),
    );
    const file = join(folder, 'encoder.safetensors');
    await writeFileAtomic(file, writeSafetensors(packVgg('vgg', encoder)));
    const out = join(folder, 'decoder');
    await runStylizerTraining({
      ...training,
      path: 'vgg-decoder',
      encoder: file,
      out,
      schedule: { ...training.schedule, steps: 12, rate: 1e-3, batch: 1, lateFrom: 1 },
      saveEvery: 12,
      previewEvery: 1000,
    });
    const totals = (await lines(out)).map((line) => (JSON.parse(line) as { total: number }).total);
    const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(totals.slice(-3))).toBeLessThan(mean(totals.slice(0, 3)));
    const [pth, safetensors] = await Promise.all(
      ['vgg-decoder.pth', 'vgg-decoder.safetensors'].map((name) => readWeights(join(out, name))),
    );
    expect([...pth!.tensors.keys()].sort()).toEqual([...safetensors!.tensors.keys()].sort());
    expect(pth!.tensors.get('28.bias')!.data).toEqual(safetensors!.tensors.get('28.bias')!.data);
  });
});
