import type { Refusal } from '../dataset/manifest.js';
import { loadPicture } from '../produce/pictures.js';
import { mapLimited } from '../produce/pipeline.js';
import type { ScanOptions } from './inputs.js';
import type { ContentInput, Located, StyleInput } from './pairing.js';
import type { Plan } from './plan.js';
import { refuse } from './probe.js';
import { stampOf } from './scan-memory.js';

/** Decodes what the plan drew and nobody decoded yet; gives the refusals. */
export async function checkDrawn(
  plan: Plan,
  contents: readonly Located<ContentInput>[],
  styles: readonly Located<StyleInput>[],
  self: boolean,
  checked: Set<string>,
  options: ScanOptions,
  loadContent: (file: string) => Promise<unknown>,
): Promise<Refusal[]> {
  const drawn = new Map<
    string,
    { readonly role: Refusal['role']; readonly id: string; readonly path: string }
  >();
  const add = (role: Refusal['role'], { key, file }: { key: string; file: string }): void => {
    if (!checked.has(file)) drawn.set(file, { role, id: key, path: file });
  };
  for (const { content, style } of plan.outputs) {
    add('content', contents[content]!);
    add(self ? 'content' : 'style', styles[style]!);
  }
  const { memory } = options;
  let done = 0;
  const results = await mapLimited([...drawn.values()], options.workers, async (item) => {
    options.signal?.throwIfAborted();
    const stamp = stampOf(item.path);
    const looked = stamp && memory?.find(item.path, stamp);
    try {
      if (looked?.sound) {
        checked.add(item.path);
        return undefined;
      }
      if (item.role === 'content') await loadContent(item.path);
      else await loadPicture(item.path, undefined, options.signal);
      if (stamp !== undefined && looked !== undefined)
        memory?.note(item.path, stamp, { ...looked, sound: true });
      checked.add(item.path);
      return undefined;
    } catch (error) {
      return refuse(error, item.role, item, options.failFast);
    } finally {
      options.onProgress?.('check', ++done, drawn.size);
    }
  });
  return results.filter((refusal) => refusal !== undefined);
}
