/**
 * `npm run docs`: writes docs/cli.md from the help of the built commands. With `--check` it only compares and fails
 * if the file is out of date.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Command } from 'commander';
import { ensureBuilt } from './support/ready.mjs';
import { fail, root } from './support/run.mjs';

try {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  await ensureBuilt();
  const file = join(root, 'docs/cli.md');
  const text = await commandLine();
  if (!values.check) await writeFile(file, text);
  else if ((await readFile(file, 'utf8')) !== text) {
    throw new Error('docs/cli.md is out of date: run npm run docs.');
  }
} catch (error) {
  fail(error);
}

/** The page: general help, then one section for each verb. */
async function commandLine() {
  const { COMMANDS } = await built('commands.js');
  const sections = [
    '# The command line\n\nWritten by `npm run docs` from the commands themselves.\n',
    fence(await help([])),
    'Exit codes: 0 done; 1 the work failed, or found faults (`inspect`, `verify`, `doctor`, `volumes`); 2 the command line is\n' +
      'wrong: an unknown command, option or name, a value that cannot be, a path to read that is not there; 130 and 143\n' +
      'stopped by SIGINT and SIGTERM. Results go to standard output, progress and notes to standard error; with `--json` standard output is one JSON document.\n',
  ];
  for (const { name, load } of COMMANDS) {
    sections.push(`## cuemix ${name}\n`, fence(await help([name])));
    const command = new Command(name);
    (await load()).register(command);
    for (const verb of command.commands.map((found) => found.name()))
      sections.push(`### cuemix ${name} ${verb}\n`, fence(await help([name, verb])));
  }
  return sections.join('\n');
}

/** What `cuemix <verb> --help` prints on a page of 100 columns. */
async function help(verbs) {
  const { run } = await built('program.js');
  let text = '';
  const output = {
    out: (part) => {
      text += part;
    },
    err: () => undefined,
    terminal: undefined,
    width: 100,
    color: false,
    debug: false,
    paint: (_style, part) => part,
  };
  await run([...verbs, '--help'], output);
  return text;
}

function built(module) {
  return import(pathToFileURL(join(root, 'dist/cli', module)).href);
}

function fence(text) {
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\`\n`;
}
