import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { corruptedCopy } from './corrupted.mjs';
import { cuemix } from './cuemix.mjs';
import { exists } from './files.mjs';

/** What the networks see, in pixels. Styles are scaled as the default is to 224: 256 / 224 of it. */
const SIZE = 64;
const PAINT = ['--size', `${SIZE}`, '--style-size', '73', '--image', 'png', '--alpha', '1', '--seed', '0'];
const ALIKE = ['--precision', 'fp32', '--threads', '1', '--workers', '1'];

/** Folders of the sets that all networks are measured on. */
export function setsOf({ data, out }) {
  const made = (name) => join(out, 'sets', name);
  return {
    clean: join(data, 'imagenette160-mini/val'),
    paintings: made('paintings'),
    textures: made('textures'),
    corrupted: made('corrupted'),
    cues: made('cues'),
  };
}

/**
 * Makes the sets once: validation pictures painted in styles that no network was trained on, the same corrupted, and
 * cue conflicts between the classes, 10 pictures for each pair.
 */
export async function makeSets(place) {
  const sets = setsOf(place);
  const log = join(place.out, 'sets.log');
  const stylize = async (out, styles, more = []) => {
    if (await exists(join(out, 'dataset.json'))) return; // written last
    const args = ['stylize', sets.clean, '--styles', styles, '--out', out, ...PAINT, ...ALIKE, ...more];
    await cuemix(place, args, log);
  };
  await stylize(sets.paintings, join(place.data, 'styles/paintings'));
  await stylize(sets.textures, join(place.data, 'styles/textures'));
  await stylize(sets.cues, 'self', ['--pairing', 'stratified', '--per-cell', '10']);
  if (await exists(sets.corrupted)) return;
  const part = `${sets.corrupted}.part`;
  await rm(part, { recursive: true, force: true });
  await corruptedCopy(place, sets.clean, part, SIZE);
  await rename(part, sets.corrupted);
}
