import { listVolumes, type VolumeFile } from '../../datasets/nifti/index.js';

/** All volumes of some files and folders. */
export async function volumesOf(
  paths: readonly string[],
  signal: AbortSignal,
  duplicates: 'refuse' | 'keep',
): Promise<VolumeFile[]> {
  const lists = await Promise.all(paths.map((path) => listVolumes(path, signal, { duplicates })));
  return lists.flat();
}
