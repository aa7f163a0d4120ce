import { join } from 'node:path';
import { cuemix } from './cuemix.mjs';
import { exists, writeJson } from './files.mjs';
import { setsOf } from './sets.mjs';

const ALIKE = ['--precision', 'bf16', '--threads', '1', '--workers', '0', '--replicates', '0'];

/** Evaluates a trained network on every set and writes the numbers in short; nothing if they are there. */
export async function measure(place, arm, seed) {
  const run = join(place.out, 'runs', `${arm}-${seed}`);
  const file = join(place.out, 'measured', `${arm}-${seed}.json`);
  if ((await exists(file)) || !(await exists(`${run}.json`))) return;
  const sets = setsOf(place);
  const evaluate = (more) => cuemix(place, ['eval', run, sets.clean, ...ALIKE, ...more], `${file}.log`);
  const first = await evaluate([
    ...['--tests', 'clean,fgsm', '--epsilon', '2/255'],
    ...['--stylized', sets.paintings, '--cue-conflict', sets.cues],
  ]);
  // Of the dear sets every second picture.
  const second = await evaluate([
    ...['--tests', 'fgsm', '--epsilon', '16/255', '--limit', '250'],
    ...['--stylized', sets.textures, '--imagenet-c', sets.corrupted],
  ]);
  const at = ({ models: [model] }, name) => model.tests.find((test) => test.name === name).scores;
  const [corrupted, cues] = [at(second, 'corruptions'), at(first, 'cue-conflict')];
  const errors = Object.entries(corrupted.perCorruption).map(([name, { error }]) => [name, short(error)]);
  await writeJson(file, {
    arm,
    seed,
    clean: short(at(first, 'clean').top1.value),
    paintings: short(at(first, 'stylized').top1.value),
    textures: short(at(second, 'stylized').top1.value),
    corrupted: short(1 - corrupted.meanError.value),
    fgsm16: short(at(second, 'fgsm').top1.value),
    fgsm2: short(at(first, 'fgsm').top1.value),
    shapeBias: short(cues.shapeBias.value),
    shapeDecisions: short(cues.shapeDecisions / cues.conflictRows),
    textureDecisions: short(cues.textureDecisions / cues.conflictRows),
    errors: Object.fromEntries(errors),
  });
}

/** Four digits are what some hundred pictures can tell. */
function short(value) {
  return Number(value.toFixed(4));
}
