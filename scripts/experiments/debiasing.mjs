/**
 * Debiased, shape- and texture-biased, mixed and BNET networks with several seeds on imagenette160-mini, and how they do
 * on clean, painted, corrupted, attacked and cue-conflict pictures. Stopped, it goes on where it stood.
 *
 * node scripts/experiments/debiasing.mjs train|measure|report|all --data DIR [--out runs/debiasing] [--seeds 0,1,2]
 *   [--only plain,debiased] [--cli dist/cli/main.js] [--encoder FILE --decoder FILE]
 * DIR holds imagenette160-mini/train, imagenette160-mini/val and styles/{paintings,textures}. Needs a build (npm run build).
 * --encoder and --decoder are the weights of the VGG path, with which debiased-vgg paints.
 */
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root } from '../support/run.mjs';
import { arms } from './debiasing/arms.mjs';
import { measure } from './debiasing/measure.mjs';
import { prepare } from './debiasing/prepared.mjs';
import { makeSets } from './debiasing/sets.mjs';
import { train } from './debiasing/train.mjs';

const STEPS = ['train', 'measure', 'report'];

try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      data: { type: 'string' },
      out: { type: 'string', default: 'runs/debiasing' },
      seeds: { type: 'string', default: '0,1,2' },
      only: { type: 'string' },
      cli: { type: 'string', default: join(root, 'dist/cli/main.js') },
      encoder: { type: 'string' },
      decoder: { type: 'string' },
    },
  });
  const [step = 'all'] = positionals;
  if (![...STEPS, 'all'].includes(step))
    throw new Error(`Expected ${STEPS.join(', ')} or all but received ${step}.`);
  if (values.data === undefined)
    throw new Error('Expected --data: the folder that holds imagenette160-mini.');
  const { encoder, decoder } = values;
  const place = {
    ...{ data: resolve(values.data), out: resolve(values.out), cli: resolve(values.cli) },
    ...(encoder && { encoder: resolve(encoder) }),
    ...(decoder && { decoder: resolve(decoder) }),
  };
  const wants = (name) => step === name || step === 'all';
  if (wants('train')) await prepare(place);
  if (wants('measure')) await makeSets(place);
  const chosen = values.only?.split(',') ?? arms.filter((arm) => arm !== 'debiased-vgg' || decoder);
  // One seed after the other: whoever stops early has all arms of some seeds.
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const arm of chosen) {
      if (wants('train')) await train(place, arm, seed);
      if (wants('measure')) await measure(place, arm, seed);
    }
  }
  if (wants('report')) {
    const { report } = await import('./debiasing/report.mjs'); // draws with what is built in dist
    await report(place);
  }
} catch (error) {
  fail(error);
}
