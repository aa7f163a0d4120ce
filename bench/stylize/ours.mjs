/**
 * Our side of bench/stylize: one network, taking turns as peer.py does. VGG weights are random, as the peer's are; the
 * embedded network has its own.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '../../dist/core/index.js';
import { openEngine } from '../../dist/engine/index.js';
import { writeSafetensors } from '../../dist/io/index.js';
import { loadStylizer } from '../../dist/styletransfer/network/model.js';
import { vggShapes } from '../../dist/styletransfer/network/vgg.js';
import { packVgg } from '../../dist/styletransfer/network/vgg-weights.js';
import { takeTurns } from '../support/turns.mjs';

const { values } = parseArgs({
  options: {
    network: { type: 'string' },
    precision: { type: 'string' },
    size: { type: 'string' },
    batch: { type: 'string' },
    threads: { type: 'string' },
  },
});
const [size, batch, threads] = [values.size, values.batch, values.threads].map(Number);

const engine = await openEngine({ device: 'cpu', threads });
const model =
  values.network === 'vgg'
    ? await randomVgg()
    : await loadStylizer({ path: 'embedded', precision: values.precision });
const content = tf.randomUniform([batch, size, size, 3]);
const styles = await model.encodeStyles(tf.randomUniform([batch, size, size, 3]));
for (let i = 0; i < 3; i++) await once();
console.log(JSON.stringify({ version: engine.version, model: model.name, precision: model.precision }));

await takeTurns(once);
process.exit(0);

async function once() {
  const painted = await model.stylize(content, styles, 1);
  painted.dispose();
}

async function randomVgg() {
  const folder = await mkdtemp(join(tmpdir(), 'cuemix-bench-'));
  try {
    const files = { encoder: join(folder, 'vgg.safetensors'), decoder: join(folder, 'decoder.safetensors') };
    await writeFile(files.encoder, writeSafetensors(packVgg('vgg', randomParameters('vgg'))));
    await writeFile(files.decoder, writeSafetensors(packVgg('decoder', randomParameters('decoder'))));
    return await loadStylizer({ path: 'vgg', ...files, precision: values.precision });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** He-normal kernels and zero biases. */
function randomParameters(part) {
  const shapes = vggShapes(part);
  return new Map(
    Array.from(shapes, ([name, shape]) => {
      const count = shape.reduce((product, extent) => product * extent, 1);
      const deviation = shape.length === 4 ? Math.sqrt(2 / (shape[0] * shape[1] * shape[2])) : 0;
      const rng = Rng.of(name);
      return [name, Float32Array.from({ length: count }, () => rng.normal(0, deviation))];
    }),
  );
}
