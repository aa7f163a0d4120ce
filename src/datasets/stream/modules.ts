import { pathToFileURL } from 'node:url';
import { UsageError } from '../../core/errors.js';
import { registry } from '../../core/registry.js';
import type { TransformEntry } from '../../core/transform.js';
import { transforms } from '../../transforms/registry.js';
import type { LoaderEntry } from '../loader.js';
import { loaders } from '../loaders/registry.js';

/** Everything that data can name: the package's own and that of user modules. */
export interface Known {
  readonly transforms: ReturnType<typeof registry<TransformEntry>>;
  readonly loaders: ReturnType<typeof registry<LoaderEntry>>;
}

/** A path or file URL of a module as a URL that every thread understands. */
export function moduleUrl(path: string): string {
  return path.startsWith('file:') ? path : pathToFileURL(path).href;
}

/**
 * Imports user modules. Each exports an array `transforms` (made by `defineTransform`), an array `loaders` (made by
 * `defineLoader`), or both. Throws UsageError for a module that cannot be imported, exports neither, or names things
 * that are there already.
 */
export async function importKnown(urls: readonly string[]): Promise<Known> {
  const more: { transforms: TransformEntry[]; loaders: LoaderEntry[] } = { transforms: [], loaders: [] };
  for (const url of urls) {
    const found: Record<string, unknown> = await import(url).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new UsageError(`Expected a module at ${url} but importing it failed: ${reason}`, { cause });
    });
    const exported = { transforms: found.transforms ?? [], loaders: found.loaders ?? [] };
    if (
      !isList(exported.transforms, 'build') ||
      !isList(exported.loaders, 'open') ||
      (found.transforms ?? found.loaders) === undefined
    )
      throw new UsageError(`Expected ${url} to export an array "transforms" or "loaders".`);
    more.transforms.push(...(exported.transforms as TransformEntry[]));
    more.loaders.push(...(exported.loaders as LoaderEntry[]));
  }
  if (urls.length === 0) return { transforms, loaders };
  return {
    transforms: registry('transform', [...transforms, ...more.transforms]),
    loaders: registry('loader', [...loaders, ...more.loaders]),
  };
}

function isList(value: unknown, method: string): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (entry: unknown) =>
        (typeof entry === 'function' || (typeof entry === 'object' && entry !== null)) &&
        method in entry &&
        'name' in entry,
    )
  );
}
