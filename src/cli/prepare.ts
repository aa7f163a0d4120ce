import type { Command } from 'commander';
import { z } from 'zod';
import { counted } from '../core/plural.js';
import { openDataset } from '../datasets/open.js';
import { prepare } from '../datasets/prepared/write.js';
import { MOST_WORKERS } from '../datasets/stream/options.js';
import { formatBytes } from './support/format.js';
import { leftOut } from './support/left-out.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import { withSession } from './support/session.js';

const Options = z.object({
  out: z.string().min(1),
  size: z.coerce.number().int().min(1).max(8192).optional(),
  workers: z.coerce.number().int().min(0).max(MOST_WORKERS).optional(),
  onError: z.enum(['fail', 'skip']),
  form: z.enum(['rgb', 'jpeg']),
  quality: z.coerce.number().int().min(1).max(100),
});

/** `cuemix prepare`: decoded pictures for epochs at memory speed. */
export function register(command: Command): void {
  command
    .description(
      'Decode every picture once and write it, with checksums, in a form from which random crops are read: as bytes, without ' +
        'decoding (rgb, 3 bytes a pixel of disk), or as JPEGs of which only the crop is decoded (jpeg, about a tenth of that).',
    )
    .argument('<data>', 'folder of pictures, list (.csv, .jsonl) or tar shards')
    .requiredOption('--out <dir>', 'new folder')
    .option('--size <pixels>', 'scale to this shorter side (the size of the pictures unless told)')
    .option('--form <form>', 'rgb or jpeg', 'rgb')
    .option('--quality <n>', 'of jpeg, 1 to 100', '90')
    .option('--workers <n>', 'worker threads (one per core unless told)')
    .option('--on-error <policy>', 'fail or skip', 'fail')
    .addHelpText('after', '\nExample:\n  cuemix prepare photos --size 256 --out photos-256')
    .action(
      withSession(async (session, [path = ''], raw) => {
        const { out, size, workers, onError, form, quality } = parseOptions(Options, raw);
        const { signal } = session;
        await expectPaths({ '<data>': path });
        await expectOut(out, []);
        const dataset = await openDataset(path, { signal });
        const bar = session.progress({ label: 'decoding', total: dataset.length, unit: 'pictures' });
        try {
          const { index, report } = await prepare(dataset, out, {
            onError: onError === 'skip' ? 'quarantine' : onError,
            form,
            quality,
            signal,
            onProgress: (done) => bar.update(done),
            ...(size !== undefined && { size }),
            ...(workers !== undefined && { workers }),
          });
          bar.stop();
          const bytes = index.files.reduce((sum, file) => sum + file.bytes, 0);
          const refused = report.quarantine.map(({ id, code, message }) => ({ id, code, message }));
          const text = [
            `${out}: ${counted(index.count, 'picture')} (${formatBytes(bytes)}).`,
            ...leftOut(refused),
          ].join('\n');
          session.result({ out, pictures: index.count, bytes, refused }, text);
        } finally {
          bar.stop();
          await dataset.close?.();
        }
      }),
    );
}
