import type { Command } from 'commander';
import { z } from 'zod';
import { importVolume } from '../../datasets/volumes/index.js';
import { checkFile } from '../../io/files/make-folder.js';
import { parseOptions } from '../support/options.js';
import { expectPaths } from '../support/paths.js';
import { withSession } from '../support/session.js';

/** ITK writes to the console when it cannot read a file; standard output is for the result, and the error says it. */
async function withoutConsole<T>(work: () => Promise<T>): Promise<T> {
  const { log, error } = console;
  Object.assign(console, { log: () => undefined, error: () => undefined });
  try {
    return await work();
  } finally {
    Object.assign(console, { log, error });
  }
}

const Options = z.object({ out: z.string().min(1) });

/** `cuemix volumes import series --out scan.nii.gz`. */
export function register(command: Command): void {
  command
    .summary('turn DICOM, NRRD or MetaImage into NIfTI')
    .description(
      'Turn another format into NIfTI: an NRRD or MetaImage file, or a folder with the slices of a DICOM series. ' +
        'Needs @itk-wasm/image-io (npm install @itk-wasm/image-io@1.6.1).',
    )
    .argument('<path>', 'a file, or the folder of a series')
    .requiredOption('--out <file>', 'the NIfTI file to write: .nii, .nii.gz, .hdr or .img')
    .addHelpText('after', '\nExample:\n  cuemix volumes import series-folder --out scan.nii.gz')
    .action(
      withSession(async (session, [path = ''], raw) => {
        const { out } = parseOptions(Options, raw);
        await expectPaths({ '<path>': path });
        await checkFile(out);
        await withoutConsole(() => importVolume(path, out, { signal: session.signal }));
        session.result({ out }, `${path} is written as ${out}.`);
      }),
    );
}
