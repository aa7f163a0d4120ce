import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256File } from '../../io/files/hash.js';
import { pinnedTarget, TENSORFLOW_VERSION } from './pinned.js';

/** Name of the record inside a cache folder; it is written last, so a folder that has it is whole. */
export const CACHE_MANIFEST = 'cuemix-manifest.json';

/** Sizes and sums of files by their path relative to a folder, with forward slashes. */
export const FileSums = z.record(
  z.string(),
  z.object({ bytes: z.int().nonnegative(), sha256: z.string() }).readonly(),
);

/** See the schema of the same name. */
export type FileSums = Readonly<z.output<typeof FileSums>>;

const Manifest = z.object({ version: z.string(), target: z.string(), files: FileSums }).readonly();

/** What a cache folder must hold. */
export type CacheManifest = z.output<typeof Manifest>;

/** The per-user cache: $CUEMIX_CACHE, otherwise where the system keeps caches. */
export function cacheRoot(
  env: Readonly<NodeJS.ProcessEnv> = process.env,
  platform: string = process.platform,
  home: string = homedir(),
): string {
  const own = env.CUEMIX_CACHE;
  if (own) return own;
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'cuemix');
  if (platform === 'win32')
    return join(env.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'cuemix', 'Cache');
  return join(env.XDG_CACHE_HOME || join(home, '.cache'), 'cuemix');
}

/** The folder that holds every TensorFlow of this cache. */
export function libraryRoot(root: string): string {
  return join(root, 'libtensorflow');
}

/** Where the pinned TensorFlow of a target lies, e.g. `<root>/libtensorflow/2.21.0-linux-x64-cpu`. */
export function cacheFolder(root: string, target: string): string {
  return join(libraryRoot(root), `${TENSORFLOW_VERSION}-${target}`);
}

/** The manifest of a cache folder, or undefined when there is none that can be read. */
export async function readCacheManifest(folder: string): Promise<CacheManifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(join(folder, CACHE_MANIFEST), 'utf8')));
  } catch {
    return undefined; // absent or damaged: the folder is as good as absent
  }
}

/**
 * The first of `files` in a folder that is not as it should be, or undefined when all are.
 * `thorough` reads every byte (a few seconds); otherwise only sizes are compared.
 */
export async function findDamage(
  folder: string,
  files: FileSums,
  thorough: boolean,
): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(files)) {
    const path = join(folder, name);
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    );
    if (size !== expected.bytes) return name;
    if (thorough && (await sha256File(path)).sha256 !== expected.sha256) return name;
  }
  return undefined;
}

/** The cache folders worth trying here, best first: with an NVIDIA driver the GPU build, otherwise the CPU build. */
export function cacheCandidates(
  root: string,
  platform: string,
  arch: string,
  driver: boolean,
): readonly string[] {
  return [driver, !driver].flatMap((gpu) => {
    const target = pinnedTarget(platform, arch, gpu);
    return target === undefined ? [] : [cacheFolder(root, target.id)];
  });
}
