import { createRequire } from 'node:module';
import { Command, CommanderError } from 'commander';
import { COMMANDS, type CommandEntry } from './commands.js';
import { ExitCode, exitCodeOf } from './support/exit.js';
import { describeError } from './support/format.js';
import { type Output, processOutput } from './support/output.js';
import { attachState, type CommandState } from './support/session.js';
import { stopSignal } from './support/signals.js';

/** The version in package.json. */
export function packageVersion(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('../../package.json');
  return manifest.version;
}

/**
 * Parses `argv` (without node and script), runs the verb, and gives the exit code. Never throws and never exits.
 * Errors go to standard error as one line without a stack (with it when CUEMIX_DEBUG is set); under `--json` standard
 * output also gets `{"error": {"code", "message"}}`.
 */
export async function run(
  argv: readonly string[],
  output: Output = processOutput(),
  commands: readonly CommandEntry[] = COMMANDS,
): Promise<number> {
  const state: CommandState = { output, exitCode: ExitCode.ok };
  try {
    const program = await buildProgram(argv, state, commands);
    await program.parseAsync(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
    return stopSignal() ?? state.exitCode;
  } catch (error) {
    const stopped = stopSignal();
    if (stopped !== undefined) {
      output.err('Stopped. Run the same command again to go on.\n');
      return stopped;
    }
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage; // printed already
    reportError(error, argv, output);
    return exitCodeOf(error);
  }
}

async function buildProgram(
  argv: readonly string[],
  state: CommandState,
  commands: readonly CommandEntry[],
): Promise<Command> {
  const { output } = state;
  const program = new Command('cuemix')
    .description(
      'Cue-conflict datasets, augmentation and debiased training on TensorFlow, without a compiler.',
    )
    .version(packageVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError('(add --help for what is possible)')
    .showSuggestionAfterError()
    .configureOutput({
      writeOut: (text) => output.out(text),
      writeErr: (text) => output.err(text),
      getOutHelpWidth: () => output.width,
      getErrHelpWidth: () => output.width,
      getOutHasColors: () => output.color,
      getErrHasColors: () => output.color,
    })
    .exitOverride();
  for (const entry of commands) {
    const command = program.command(entry.name).summary(entry.summary).description(entry.summary);
    attachState(command, state);
    if (!argv.includes(entry.name)) continue; // only listed: its module would cost time and memory
    (await entry.load()).register(command);
    for (const verb of command.commands.length > 0 ? command.commands : [command]) {
      attachState(verb, state);
      verb.option('--json', 'print one JSON document and nothing else');
      verb.option('-q, --quiet', 'print neither progress nor notes');
    }
  }
  return program;
}

function reportError(error: unknown, argv: readonly string[], output: Output): void {
  const { code, message } = describeError(error);
  if (argv.includes('--json')) output.out(`${JSON.stringify({ error: { code, message } })}\n`);
  output.err(`${output.paint('red', 'error:')} ${message}\n`);
  if (output.debug && error instanceof Error) output.err(`${error.stack ?? ''}\n`);
}
