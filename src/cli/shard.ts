import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { counted } from '../core/plural.js';
import { openDataset } from '../datasets/open.js';
import { type FileDataset, writeShards } from '../datasets/shards/write-shards.js';
import { formatBytes } from './support/format.js';
import { leftOut } from './support/left-out.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import { withSession } from './support/session.js';

const Options = z.object({
  out: z.string().min(1),
  perShard: z.coerce.number().int().min(1),
  prefix: z.string().min(1),
  seed: z.coerce.number().int().optional(),
  check: z.boolean().default(false),
  onError: z.enum(['fail', 'skip']),
});

/** `cuemix shard`: tar shards in WebDataset form with an index. */
export function register(command: Command): void {
  command
    .description(
      'Pack a folder or list of pictures into tar shards in WebDataset form (key.jpg, key.cls, key.json), with an index of ' +
        'counts and SHA-256. The files stay as they are; the same data gives the same bytes.',
    )
    .argument('<data>', 'folder of pictures, or a list (.csv, .jsonl)')
    .requiredOption('--out <dir>', 'new folder for the shards')
    .option('--per-shard <n>', 'samples in a shard', '1000')
    .option('--prefix <name>', "start of the shards' names", 'shard')
    .option('--seed <n>', 'shuffle the samples over the shards')
    .option(
      '--check',
      'decode every picture too, so that damaged ones are found; else only first bytes are looked at',
    )
    .option('--on-error <policy>', 'files that are no pictures, or damaged (--check): fail or skip', 'fail')
    .addHelpText('after', '\nExample:\n  cuemix shard photos --out shards --per-shard 1000 --seed 0')
    .action(
      withSession(async (session, [path = ''], raw) => {
        const { out, perShard, prefix, seed, check, onError } = parseOptions(Options, raw);
        const { signal } = session;
        await expectPaths({ '<data>': path });
        await expectOut(out, []);
        const dataset = await openDataset(path, { signal });
        if (!hasFiles(dataset))
          throw new UsageError(`Expected a folder or list of pictures but ${path} is packed already.`);
        const bar = session.progress({ label: 'packing', total: dataset.length, unit: 'samples' });
        try {
          const refused: { readonly id: string; readonly code: string; readonly message: string }[] = [];
          const index = await writeShards(dataset, out, {
            perShard,
            prefix,
            check,
            signal,
            onProgress: (done) => bar.update(done),
            ...(seed !== undefined && { seed }),
            ...(onError === 'skip' && { onRefused: (one) => refused.push(one) }),
          });
          bar.stop();
          const bytes = index.shards.reduce((sum, shard) => sum + shard.bytes, 0);
          const samples = index.shards.reduce((sum, shard) => sum + shard.samples, 0);
          const text = [
            `${out}: ${counted(samples, 'sample')} in ${counted(index.shards.length, 'shard')} (${formatBytes(bytes)}).`,
            ...leftOut(refused),
          ].join('\n');
          session.result({ out, samples, shards: index.shards.length, bytes, refused }, text);
        } finally {
          bar.stop();
        }
      }),
    );
}

function hasFiles(dataset: object): dataset is FileDataset {
  return 'entries' in dataset;
}
