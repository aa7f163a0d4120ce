import { join } from 'node:path';
import { cuemix } from './cuemix.mjs';
import { exists } from './files.mjs';

/** Where the pictures lie decoded, for epochs without decoding. */
export function preparedOf({ out }) {
  return { train: join(out, 'prepared/train'), validation: join(out, 'prepared/val') };
}

/** Decodes the pictures once, at their own size. */
export async function prepare(place) {
  const { train, validation } = preparedOf(place);
  for (const [from, to] of [
    ['train', train],
    ['val', validation],
  ]) {
    if (await exists(to)) continue;
    await cuemix(
      place,
      ['prepare', `imagenette160-mini/${from}`, '--out', to],
      join(place.out, 'prepare.log'),
    );
  }
}
