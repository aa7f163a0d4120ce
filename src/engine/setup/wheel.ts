import { chmod, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EngineError } from '../../core/errors.js';
import { sweepTemporary } from '../../io/files/atomic.js';
import { sha256File } from '../../io/files/hash.js';
import { openZip, type ZipFile } from '../../io/zip/zip.js';
import type { FileSums } from './cache.js';
import type { PinnedWheel } from './pinned.js';

/** Options of the functions here. */
export interface WheelOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes written so far, and how many there will be. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

// The shared libraries, and what TensorFlow runs or reads to compile GPU kernels. All else of a wheel stays behind.
const WANTED = [
  /^tensorflow\/libtensorflow(_cc|_framework)\.(so\.2|2\.dylib)$/,
  /^nvidia\/[a-z0-9_]+\/lib\/[A-Za-z0-9_.+-]+\.so(\.\d+)*$/,
  /^nvidia\/cuda_nvcc\/(bin\/ptxas|nvvm\/libdevice\/libdevice\.10\.bc)$/,
];

/** Whether a file of a wheel is kept: checked against fixed patterns, so no name can lead out of the folder. */
export function isWanted(name: string): boolean {
  return WANTED.some((pattern) => pattern.test(name));
}

/** The wheel file in `folder` that has one of the pinned sums, or undefined. A damaged one is removed. */
export async function findWheel(
  folder: string,
  wheel: PinnedWheel,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const prefix = `${wheel.name.replaceAll('-', '_')}-${wheel.version}-`;
  for (const name of await readdir(folder).catch((): string[] => [])) {
    if (!name.startsWith(prefix) || !name.endsWith('.whl')) continue;
    const path = join(folder, name);
    if (wheel.sha256.includes((await sha256File(path, signal)).sha256)) return path;
    await rm(path, { force: true });
  }
  return undefined;
}

/** Extracts the wanted files of a wheel into `target`, keeping the site-packages layout. */
export async function extractWheel(
  path: string,
  target: string,
  options: WheelOptions = {},
): Promise<FileSums> {
  const { signal, onProgress } = options;
  const zip: ZipFile = await openZip(path);
  try {
    const entries = [...zip.entries.values()].filter((entry) => isWanted(entry.name));
    requireSome(entries.length, basename(path));
    const total = entries.reduce((sum, entry) => sum + entry.size, 0);
    // A killed run leaves a half file under a temporary name; the caller holds the lock, so nobody writes it now.
    for (const folder of new Set(entries.map((entry) => dirname(join(target, entry.name))))) {
      await sweepTemporary(folder);
    }
    const files: Record<string, FileSums[string]> = {};
    let before = 0;
    for (const entry of entries) {
      const output = join(target, entry.name);
      const report = (done: number): void => onProgress?.(before + done, total);
      files[entry.name] = await zip.extractTo(entry, output, { signal, onProgress: report });
      await makeRunnable(entry.name, output);
      before += entry.size;
    }
    return files;
  } finally {
    await zip.close();
  }
}

/** Moves the wanted files of an unpacked wheel (as `uv pip install --target` makes) from `source` into `target`. */
export async function moveUnpacked(
  source: string,
  target: string,
  options: WheelOptions = {},
): Promise<FileSums> {
  const { signal, onProgress } = options;
  const found = await readdir(source, { recursive: true });
  const names = found.map((name) => name.replaceAll('\\', '/')).filter(isWanted);
  requireSome(names.length, source);
  const files: Record<string, FileSums[string]> = {};
  let total = 0;
  for (const name of names) total += (await stat(join(source, name))).size;
  let done = 0;
  for (const name of names) {
    const sum = await sha256File(join(source, name), signal);
    const output = join(target, name);
    await mkdir(dirname(output), { recursive: true });
    await rename(join(source, name), output);
    await makeRunnable(name, output);
    files[name] = sum;
    done += sum.bytes;
    onProgress?.(done, total);
  }
  return files;
}

async function makeRunnable(name: string, path: string): Promise<void> {
  if (name.includes('/bin/')) await chmod(path, 0o755);
}

function requireSome(count: number, where: string): void {
  if (count > 0) return;
  throw new EngineError(
    'E_WHEEL',
    `Expected shared libraries in ${where} but found none. Run: npx cuemix setup`,
  );
}
