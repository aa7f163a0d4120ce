import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UsageError } from '../../core/errors.js';
import { isBelow } from '../../io/files/below.js';
import type { Inputs } from './inputs.js';

/** Refuses an output folder whose pictures would be inputs, or lie among them. Throws `UsageError`. */
export async function refuseOverlap(out: string, inputs: Inputs): Promise<void> {
  const target = await realPlace(out);
  for (const input of inputs.styles === 'self' ? [inputs.content] : [inputs.content, inputs.styles]) {
    const source = await realPlace(input);
    const own = ['images', 'clips', 'shards'].map((name) => join(target, name));
    if (within(target, source) || own.some((folder) => within(source, folder))) {
      throw new UsageError(`The output folder ${out} overlaps the input folder ${input}: choose another.`);
    }
  }
}

function within(inner: string, outer: string): boolean {
  return inner === outer || isBelow(outer, inner);
}

/** The real path of something that need not exist yet. */
async function realPlace(path: string): Promise<string> {
  const full = resolve(path);
  try {
    return await realpath(full);
  } catch {
    const parent = dirname(full);
    return parent === full ? full : join(await realPlace(parent), basename(full));
  }
}
