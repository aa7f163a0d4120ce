import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CuemixError, DecodeError } from '../../../core/errors.js';
import { comparePaths } from '../../../core/order.js';
import { type WritableNifti, writeNifti } from '../../nifti/write.js';
import { refuseCutDicom } from './cut-dicom.js';
import { asVolume } from './place.js';
import { type ForeignImage, type ForeignReader, itkReader } from './reader.js';
import { joinSlices, type Slice } from './series.js';

export interface ImportOptions {
  readonly signal?: AbortSignal;
  /** Reads one file; `@itk-wasm/image-io` unless told. */
  readonly reader?: ForeignReader;
}

async function readOne(reader: ForeignReader, path: string): Promise<ForeignImage> {
  await refuseCutDicom(path);
  try {
    return await reader(path);
  } catch (error) {
    if (error instanceof CuemixError) throw error;
    // What ITK throws is as a rule the address of a C++ exception.
    const reason =
      error instanceof Error ? error.message : 'it is damaged, or of a form that ITK does not know';
    throw new DecodeError('E_CORRUPT', path, `it cannot be read (${reason}).`, { cause: error });
  }
}

/**
 * Reads a volume of another format: a file (NRRD, MetaImage, a DICOM of several frames, …), or a folder that holds the
 * slices of one DICOM series. Needs the optional peer dependency `@itk-wasm/image-io`.
 *
 * @throws CuemixError E_MISSING without it; DecodeError; DatasetError E_GEOMETRY for slices that make no volume
 */
export async function readForeign(path: string, options: ImportOptions = {}): Promise<WritableNifti> {
  const { signal } = options;
  const found = await stat(path).catch((cause: unknown) => {
    throw new DecodeError('E_MISSING', path, 'it cannot be opened.', { cause });
  });
  const reader = options.reader ?? (await itkReader());
  if (!found.isDirectory()) return asVolume(await readOne(reader, path), path);
  const names = (await readdir(path, { withFileTypes: true }))
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && entry.name !== 'DICOMDIR')
    .map(({ name }) => name)
    .sort(comparePaths);
  const slices: Slice[] = [];
  for (const name of names) {
    signal?.throwIfAborted();
    const file = join(path, name);
    slices.push({ path: file, image: await readOne(reader, file) });
  }
  return joinSlices(slices, path);
}

/** {@link readForeign}, written as NIfTI. Nothing of the source's header but its grid is taken over: no names of people. */
export async function importVolume(path: string, out: string, options: ImportOptions = {}): Promise<void> {
  const image = await readForeign(path, options);
  await writeNifti(out, image, options.signal && { signal: options.signal });
}
