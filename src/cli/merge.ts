import type { Command } from 'commander';
import { z } from 'zod';
import { counted } from '../core/plural.js';
import { datasetReport } from '../report/dataset-report.js';
import { mergeDatasets } from '../styletransfer/dataset/merge.js';
import { parseOptions } from './support/options.js';
import { expectOut } from './support/out.js';
import { expectPaths } from './support/paths.js';
import type { Progress } from './support/progress.js';
import { withSession } from './support/session.js';
import { unitOf } from './support/unit.js';

const Options = z.object({ out: z.string().min(1) });

/** `cuemix merge`: one dataset from the parts made with `--shard`. */
export function register(command: Command): void {
  command
    .description(
      'Put together the parts that cuemix stylize --shard made. The result is, byte for byte, what one run without ' +
        '--shard makes. Every file is proven on the way; the parts are not changed. A merge cut short goes on.',
    )
    .argument('<dirs...>', 'the folders of all parts, in any order')
    .requiredOption('--out <dir>', 'folder for the whole dataset')
    .addHelpText('after', '\nExample:\n  cuemix merge part1 part2 part3 --out dataset')
    .action(
      withSession(async (session, parts, raw) => {
        const { out } = parseOptions(Options, raw);
        await expectPaths({ '<dirs...>': parts });
        await expectOut(out, ['dataset.json', '.cuemix']);
        const unit = await unitOf(parts[0] ?? '');
        let bar: Progress | undefined;
        const onProgress = (done: number, total: number): void => {
          bar ??= session.progress({ label: 'merging', total, unit });
          bar.update(done);
        };
        try {
          const dataset = await mergeDatasets(
            { parts, out, report: datasetReport },
            { onProgress, signal: session.signal },
          );
          bar?.stop();
          const { counts, hash } = dataset;
          const text = `${counts.outputs.delivered} ${unit} of ${counted(parts.length, 'part')} are in ${out}.\nHash of the whole: ${hash}`;
          session.result({ out, hash, counts }, text);
        } finally {
          bar?.stop();
        }
      }),
    );
}
