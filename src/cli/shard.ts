import type { Command } from 'commander';
import { z } from 'zod';
import { UsageError } from '../core/errors.js';
import { openDataset } from '../datasets/open.js';
import { type FileDataset, writeShards } from '../datasets/shards/write-shards.js';
import { formatBytes } from './support/format.js';
import { parseOptions } from './support/options.js';
import { withSession } from './support/session.js';

const Options = z.object({
  out: z.string().min(1),
  perShard: z.coerce.number().int().min(1),
  prefix: z.string().min(1),
  seed: z.coerce.number().int().optional(),
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
    .addHelpText('after', '\nExample:\n  cuemix shard photos --out shards --per-shard 1000 --seed 0')
    .action(
      withSession(async (session, [path = ''], raw) => {
        const { out, perShard, prefix, seed } = parseOptions(Options, raw);
        const { signal } = session;
        const dataset = await openDataset(path, { signal });
        if (!hasFiles(dataset))
          throw new UsageError(`Expected a folder or list of pictures but ${path} is packed already.`);
        const bar = session.progress({ label: 'packing', total: dataset.length, unit: 'samples' });
        try {
          const options = { perShard, prefix, signal, onProgress: (done: number) => bar.update(done) };
          const index = await writeShards(dataset, out, { ...options, ...(seed !== undefined && { seed }) });
          bar.stop();
          const bytes = index.shards.reduce((sum, shard) => sum + shard.bytes, 0);
          const text = `${dataset.length} samples in ${index.shards.length} shards (${formatBytes(bytes)}) are in ${out}.`;
          session.result({ out, samples: dataset.length, shards: index.shards.length, bytes }, text);
        } finally {
          bar.stop();
        }
      }),
    );
}

function hasFiles(dataset: object): dataset is FileDataset {
  return 'entries' in dataset;
}
