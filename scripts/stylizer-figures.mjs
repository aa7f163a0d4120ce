/**
 * Quality and speed of a stylizer in figures: node scripts/stylizer-figures.mjs --content DIR --styles DIR
 * --perceptual vgg.safetensors [--weights FILE] [--size 128,224] [--hold-out 6] [--speed] [--json]
 *
 * With --hold-out n only every nth style is used: the ones that `train-stylizer --hold-out n` never saw.
 */
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { openEngine } from '../dist/engine/index.js';
import { readWeights } from '../dist/io/tensors/weights.js';
import { loadStylizer } from '../dist/styletransfer/index.js';
import {
  centreSquares,
  holdOut,
  listPictures,
  pairFigures,
  perceptualNetwork,
} from '../dist/trainers/index.js';

const { values } = parseArgs({
  options: {
    content: { type: 'string', multiple: true },
    styles: { type: 'string', multiple: true },
    perceptual: { type: 'string' },
    weights: { type: 'string' },
    size: { type: 'string', default: '128,224' },
    contents: { type: 'string', default: '24' },
    alpha: { type: 'string', default: '0.25,0.5,1' },
    'hold-out': { type: 'string', default: '6' },
    speed: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

// One thread, so that pictures per processor second is a property of the network and not of the load.
await openEngine(values.speed ? { threads: 1 } : {});
const model = await loadStylizer({ path: 'embedded', ...(values.weights && { weights: values.weights }) });
const report = values.speed ? await speed() : await quality();
if (values.json) process.stdout.write(`${JSON.stringify(report, undefined, 1)}\n`);
else console.table(report);
model.dispose();

/** Means over all pairs of unseen contents and unseen styles. */
async function quality() {
  const perceptual = perceptualNetwork(await readWeights(values.perceptual));
  const all = await listPictures(values.content);
  const count = Math.min(Number(values.contents), all.length);
  const contents = Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)]);
  const files = await listPictures(values.styles);
  const nth = Number(values['hold-out']);
  const styles = nth > 0 ? holdOut(files, nth).held : files;
  const results = [];
  for (const size of values.size.split(',').map(Number)) {
    const shape = (n) => [n, size, size, 3];
    // The features of a picture of 512 pixels take half a gigabyte.
    const chunk = Math.max(1, Math.floor(2 ** 19 / size ** 2));
    const content = tf.tensor4d(await centreSquares(contents, size), shape(count));
    const style = tf.tensor4d(await centreSquares(styles, size), shape(styles.length));
    const both = tf.concat([content, style]);
    const scales = layerScales(perceptual, both);
    both.dispose();
    const statistics = await model.encodeStyles(style);
    for (const alpha of values.alpha.split(',').map(Number)) {
      const rows = [];
      for (let i = 0; i < count; i++) {
        const own = tf.slice(content, [i, 0, 0, 0], shape(1));
        for (let at = 0; at < styles.length; at += chunk) {
          const some = statistics.slice(at, at + chunk);
          const repeated = tf.tile(own, [some.length, 1, 1, 1]);
          const wanted = tf.slice(style, [at, 0, 0, 0], shape(some.length));
          const painted = await model.stylize(repeated, some, alpha);
          rows.push(...pairFigures(perceptual, scales, repeated, wanted, painted));
          tf.dispose([repeated, wanted, painted]);
        }
        own.dispose();
      }
      results.push({ size, alpha, pairs: rows.length, ...summary(rows) });
    }
    // What the figures are for pictures that have nothing to do with each other.
    const shifted = tf.concat([
      tf.slice(content, [1, 0, 0, 0], shape(count - 1)),
      tf.slice(content, [0, 0, 0, 0], shape(1)),
    ]);
    const unrelated = pairFigures(
      perceptual,
      scales,
      content,
      tf.tile(tf.slice(style, [0, 0, 0, 0], shape(1)), [count, 1, 1, 1]),
      shifted,
    );
    results.push({ size, alpha: 'unrelated', pairs: count, ...summary(unrelated) });
    tf.dispose([content, style, shifted]);
  }
  return results;
}

/** 1 over the deviation of each layer over all pictures. */
function layerScales(perceptual, images) {
  const [count, height, width] = images.shape;
  const sums = [];
  for (let row = 0; row < count; row++) {
    const values = tf.tidy(() =>
      perceptual
        .features(tf.slice(images, [row, 0, 0, 0], [1, height, width, 3]))
        .map((features) => [tf.mean(features).dataSync()[0], tf.mean(tf.square(features)).dataSync()[0]]),
    );
    values.forEach(([mean, square], layer) => {
      sums[layer] ??= [0, 0];
      sums[layer][0] += mean / count;
      sums[layer][1] += square / count;
    });
  }
  return sums.map(([mean, square]) => 1 / Math.sqrt(square - mean ** 2));
}

/**
 * `style`: mean style loss over the mean of the untouched contents'. The next two are shares pair by pair: half and
 * nine tenths of the pairs are below them; a pair that is alike to begin with has little to gain.
 */
function summary(rows) {
  const round = (value) => Math.round(value * 1000) / 1000;
  const sum = (key) => rows.reduce((total, row) => total + row[key], 0);
  const shares = rows.map((row) => row.style / row.untouched).sort((a, b) => a - b);
  return {
    style: round(sum('style') / sum('untouched')),
    'half below': round(shares[shares.length >> 1]),
    'nine tenths below': round(shares[Math.floor(shares.length * 0.9)]),
    content: round(sum('content') / rows.length),
    edges: round(sum('edges') / rows.length),
  };
}

/** Pictures per second of one core, batches of 4 (1 at 512): the fastest of twelve calls. */
async function speed() {
  const results = [];
  for (const [size, batch] of [
    [128, 8],
    [224, 4],
    [512, 1],
  ]) {
    const content = tf.randomUniform([batch, size, size, 3]);
    const styles = await model.encodeStyles(content);
    let best = Number.POSITIVE_INFINITY;
    for (let call = 0; call < 12; call++) {
      const start = process.cpuUsage();
      (await model.stylize(content, styles, 1)).dispose();
      const { user, system } = process.cpuUsage(start);
      if (call > 1) best = Math.min(best, (user + system) / 1e6);
    }
    results.push({
      size,
      batch,
      precision: model.precision,
      'pictures per core second': Math.round((10 * batch) / best) / 10,
    });
    content.dispose();
  }
  return results;
}
