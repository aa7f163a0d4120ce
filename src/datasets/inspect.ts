import { availableParallelism } from 'node:os';
import pLimit from 'p-limit';
import { Rng } from '../core/rng.js';
import { sha256 } from '../io/files/hash.js';
import { checkIndex, type Dataset } from './dataset.js';
import { decodeImage } from './decode/image.js';
import { DEFAULTS } from './decode/limits.js';
import { readCapped } from './decode/read.js';
import { lookAtVideo } from './videos/look.js';

/** A sample that cannot be read. */
export interface Finding {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** What a dataset holds. */
export interface Inspection {
  readonly samples: number;
  /** Samples of each class, by class id; absent for sets without classes. */
  readonly classes?: readonly { readonly name: string; readonly samples: number }[];
  /** Readable samples by format, where they are files. */
  readonly formats: Readonly<Record<string, number>>;
  /** Smallest, middle and largest of the readable pictures, in pixels. */
  readonly width: readonly [number, number, number];
  readonly height: readonly [number, number, number];
  readonly corrupt: readonly Finding[];
  /** Samples of equal bytes (of files) or pixels (else), by name. */
  readonly duplicates: readonly (readonly string[])[];
}

interface Seen {
  readonly id: string;
  readonly classId: number | undefined;
  readonly hash?: string;
  readonly size?: readonly [number, number];
  readonly format?: string | undefined;
  readonly finding?: Finding;
}

/** Reads every sample of a dataset whole and tells what is in it and what is wrong with it. Never throws for a bad sample. */
export async function inspect(
  dataset: Dataset,
  options: { readonly signal?: AbortSignal; onProgress?(done: number, total: number): void } = {},
): Promise<Inspection> {
  const { signal, onProgress } = options;
  const slot = pLimit(Math.max(2, availableParallelism()));
  let done = 0;
  const look = (index: number) =>
    slot(async () => {
      signal?.throwIfAborted();
      const seen = await lookAt(dataset, index, signal);
      onProgress?.(++done, dataset.length);
      return seen;
    });
  const all = await Promise.all(Array.from({ length: dataset.length }, (_, index) => look(index)));
  const good = all.filter((seen) => seen.size !== undefined);
  const formats: Record<string, number> = {};
  const byHash = new Map<string, string[]>();
  for (const { id, format, hash = '' } of good) {
    if (format !== undefined) formats[format] = (formats[format] ?? 0) + 1;
    const same = byHash.get(hash);
    if (same === undefined) byHash.set(hash, [id]);
    else same.push(id);
  }
  const perClass = new Map<number | undefined, number>();
  for (const { classId } of all) perClass.set(classId, (perClass.get(classId) ?? 0) + 1);
  const counts = dataset.classes?.map((name, classId) => ({ name, samples: perClass.get(classId) ?? 0 }));
  return {
    samples: dataset.length,
    ...(counts && { classes: counts }),
    formats,
    width: spread(good.map(({ size }) => size![1])),
    height: spread(good.map(({ size }) => size![0])),
    corrupt: all.flatMap(({ finding }) => finding ?? []),
    duplicates: [...byHash.values()].filter(({ length }) => length > 1),
  };
}

async function lookAt(dataset: Dataset, index: number, signal?: AbortSignal): Promise<Seen> {
  checkIndex(index, dataset.length);
  const entry = dataset.entry?.(index);
  const file = pathOf(dataset, index);
  try {
    if (file !== undefined && dataset.plan?.(index).loader.name === 'video')
      return { id: entry?.id ?? file, classId: classOf(entry), ...(await lookAtVideo(file, signal)) };
    if (file !== undefined) {
      const bytes = await readCapped(file, { ...DEFAULTS, noFollow: true });
      const { source } = await decodeImage({ bytes, name: file }, signal && { signal });
      const size = [source.height, source.width] as const;
      return {
        id: entry?.id ?? file,
        classId: classOf(entry),
        hash: sha256(bytes),
        size,
        format: source.format,
      };
    }
    const sample = await dataset.read(index, Rng.of('inspect').at(index), signal);
    const image = Object.values(sample.rasters)[0]!;
    const { buffer, byteOffset, byteLength } = image.data;
    const hash = sha256(new Uint8Array(buffer, byteOffset, byteLength));
    return { id: sample.id, classId: classOf(sample), hash, size: [image.shape[0]!, image.shape[1]!] };
  } catch (error) {
    signal?.throwIfAborted();
    const id = entry?.id ?? `sample ${index}`;
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'E_UNEXPECTED';
    const message = error instanceof Error ? error.message : String(error);
    return { id, classId: classOf(entry), finding: { id, code, message } };
  }
}

function classOf(
  of: { readonly label?: readonly { readonly classId: number }[] } | undefined,
): number | undefined {
  return of?.label?.[0]?.classId;
}

function pathOf(dataset: Dataset, index: number): string | undefined {
  const item: unknown = dataset.plan?.(index).item;
  return typeof item === 'object' && item !== null && 'path' in item ? String(item.path) : undefined;
}

function spread(values: readonly number[]): [number, number, number] {
  const sorted = [...values].sort((a, b) => a - b);
  return [sorted[0] ?? 0, sorted[sorted.length >> 1] ?? 0, sorted[sorted.length - 1] ?? 0];
}
