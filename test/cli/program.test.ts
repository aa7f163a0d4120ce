import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { expect, it, vi } from 'vitest';
import { z } from 'zod';
import { COMMANDS, type CommandEntry } from '../../src/cli/commands.js';
import { run } from '../../src/cli/program.js';
import { parseOptions } from '../../src/cli/support/options.js';
import { withSession } from '../../src/cli/support/session.js';
import { DatasetError, UsageError } from '../../src/core/errors.js';
import { recordOutput } from './recorder.js';

const Options = z.object({ maxSize: z.coerce.number().int().positive().optional() });

function command(name: string, action: Parameters<typeof withSession>[0]): CommandEntry {
  return {
    name,
    summary: `does ${name}`,
    load: vi.fn(async () => ({
      register: (verb: Command) => {
        verb.argument('[what...]').option('--max-size <n>', 'a size').action(withSession(action));
      },
    })),
  };
}

const greet = command('greet', async (session, args, options) => {
  const { maxSize } = parseOptions(Options, options);
  session.note('working');
  session.result({ hello: args, maxSize }, `hello ${args.join(' ')}`);
});
const broken = command('broken', async () => {
  throw new DatasetError('E_EMPTY', 'Expected pictures in /x but found none.');
});
const misused = command('misused', async () => {
  throw new UsageError('Expected one of a and b but received both.');
});
const unsure = command('unsure', async (session) => {
  session.warn('something is odd');
  return 1;
});
const commands = [greet, broken, misused, unsure];

async function call(...argv: string[]): Promise<{ code: number; out: string; err: string }> {
  const output = recordOutput();
  const code = await run(argv, output, commands);
  return { code, out: output.stdout, err: output.stderr };
}

it('prints help without loading a verb, on no arguments too', async () => {
  const help = await call('--help');
  expect(help).toMatchObject({ code: 0, err: '' });
  expect(help.out).toMatch(/greet {2,}.*does greet/);
  expect(await call()).toEqual(help);
  for (const entry of commands) expect(entry.load).not.toHaveBeenCalled();
});

it('shows the help of a verb with the options that all have', async () => {
  const { code, out } = await call('greet', '--help');
  expect(code).toBe(0);
  expect(out).toMatch(/--max-size[\s\S]*--json[\s\S]*--quiet/);
  expect((await call('help', 'greet')).out).toBe(out);
});

it('prints the version of package.json', async () => {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  expect(await call('--version')).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

it('puts results on standard output and notes on standard error', async () => {
  expect(await call('greet', 'a', 'b')).toEqual({ code: 0, out: 'hello a b\n', err: 'working\n' });
  expect(await call('greet', 'a', '--quiet')).toEqual({ code: 0, out: 'hello a\n', err: '' });
  const { code, out, err } = await call('greet', 'a', '--json', '--max-size', '8');
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toEqual({ hello: ['a'], maxSize: 8 });
});

it.each([
  [['nothing'], 2, /unknown command 'nothing'/],
  [['gret'], 2, /Did you mean greet/],
  [['greet', '--sizze', '3'], 2, /unknown option/],
  [['greet', '--max-size', 'big'], 2, /Option --max-size cannot be "big"/],
  [['greet', '--max-size', '-1'], 2, /Option --max-size/],
  [['misused'], 2, /^error: Expected one of a and b but received both\.\n$/],
  [['broken'], 1, /^error: Expected pictures in \/x but found none\.\n$/],
  [['unsure'], 1, /^warning: something is odd\n$/],
])('%j ends with %i', async (argv, code, message) => {
  const result = await call(...argv);
  expect(result.code).toBe(code);
  expect(result.err).toMatch(message);
  expect(result.out).toBe('');
});

it('gives an error as JSON too when asked for JSON', async () => {
  const { code, out } = await call('broken', '--json');
  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({
    error: { code: 'E_EMPTY', message: 'Expected pictures in /x but found none.' },
  });
});

it('every listed verb loads and registers', async () => {
  for (const { name } of COMMANDS) {
    const output = recordOutput();
    expect([name, await run([name, '--help'], output)]).toEqual([name, 0]);
    expect(output.stdout).toContain(`Usage: cuemix ${name}`);
  }
});
