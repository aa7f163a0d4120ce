import type { Command } from 'commander';
import { z } from 'zod';
import {
  findMismatches,
  inspectVolume,
  type VolumeFailure,
  type VolumeReport,
} from '../../datasets/nifti/index.js';
import { parseOptions } from '../support/options.js';
import { expectPaths } from '../support/paths.js';
import { withSession } from '../support/session.js';
import { volumesOf } from './files.js';
import { describeInspection } from './text.js';

const Options = z.object({ labels: z.string().min(1).optional() });

/** `cuemix volumes inspect scans`. */
export function register(command: Command): void {
  command
    .summary('tell what is in volumes and what is wrong with them')
    .description(
      'Read every volume and report grids, intensities, class ids, mismatches and broken files. The exit code is 1 where ' +
        'something is broken or does not match.',
    )
    .argument('<paths...>', 'NIfTI files or folders of them')
    .option('--labels <dir>', 'label volumes with the names of the images')
    .addHelpText('after', '\nExample:\n  cuemix volumes inspect scans --labels masks')
    .action(
      withSession(async (session, paths, raw) => {
        const options = parseOptions(Options, raw);
        await expectPaths({ '<paths...>': paths, '--labels': options.labels });
        const { signal } = session;
        const images = await volumesOf(paths, signal, 'keep');
        const labels = options.labels === undefined ? [] : await volumesOf([options.labels], signal, 'keep');
        const total = images.length + labels.length;
        const bar = session.progress({ label: 'inspecting', total, unit: 'volumes' });
        const reports: (VolumeReport | VolumeFailure)[] = [];
        try {
          for (const file of [...images, ...labels]) {
            signal.throwIfAborted();
            reports.push(await inspectVolume(file, signal));
            bar.update(reports.length);
          }
        } finally {
          bar.stop();
        }
        const [imageReports, labelReports] = [reports.slice(0, images.length), reports.slice(images.length)];
        const mismatches = options.labels === undefined ? [] : findMismatches(imageReports, labelReports);
        const inspection = { images: imageReports, labels: labelReports, mismatches };
        session.result(inspection, describeInspection(inspection));
        return mismatches.length > 0 || reports.some((report) => 'error' in report) ? 1 : 0;
      }),
    );
}
