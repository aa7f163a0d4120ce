import type { Command } from 'commander';
import { counted } from '../core/plural.js';
import { type Verdict, verifyDataset } from '../styletransfer/dataset/verify.js';
import { ExitCode } from './support/exit.js';
import { formatBytes } from './support/format.js';
import { expectPaths } from './support/paths.js';
import type { Progress } from './support/progress.js';
import { withSession } from './support/session.js';
import { unitOf } from './support/unit.js';

const SHOWN = 20;

/** `cuemix verify`: exit code 0 only when every bit is as it was made. */
export function register(command: Command): void {
  command
    .description(
      'Prove a dataset whole: hash every file again, hold the manifest against the plan, and look for files among ' +
        'the pictures that do not belong. Ends with code 1 when anything is wrong, missing or unfinished.',
    )
    .argument('<dir>', 'folder of a dataset')
    .addHelpText('after', '\nExamples:\n  cuemix verify dataset\n  cuemix verify dataset --json')
    .action(
      withSession(async (session, [dir = '']) => {
        await expectPaths({ '<dir>': dir });
        const unit = await unitOf(dir);
        let bar: Progress | undefined;
        const onProgress = (done: number, total: number): void => {
          bar ??= session.progress({ label: 'verifying', total, unit });
          bar.update(done);
        };
        try {
          const verdict = await verifyDataset(dir, { onProgress, signal: session.signal });
          bar?.stop();
          session.result(verdict, describeVerdict(verdict, unit));
          return verdict.ok ? ExitCode.ok : ExitCode.failed;
        } finally {
          bar?.stop();
        }
      }),
    );
}

/** A verdict for people. */
export function describeVerdict(
  { root, ok, hash, pictures, bytes, problems, problemCount }: Verdict,
  unit = 'pictures',
): string {
  if (ok) return `Whole: ${pictures} ${unit}, ${formatBytes(bytes)} hashed.\nHash of the whole: ${hash}`;
  const more = problemCount > SHOWN ? [`… and ${problemCount - SHOWN} more.`] : [];
  const lines = problems.slice(0, SHOWN).map(({ code, message }) => `${code}: ${message}`);
  const cure = problems.some(({ code, path }) => code === 'E_HASH' && /^(images|clips|shards)\//.test(path))
    ? [
        'Remove the damaged pictures, clips or shards and run the command that made them: it makes them again.',
      ]
    : [];
  return [`Not whole: ${counted(problemCount, 'problem')} in ${root}.`, ...lines, ...more, ...cure].join(
    '\n',
  );
}
