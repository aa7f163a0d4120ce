import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the repository. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** A command that ended with another exit code than 0, or by a signal. */
export class CommandError extends Error {
  constructor(command, code) {
    super(`${command} ended with exit code ${code}.`);
    this.exitCode = code;
  }
}

/**
 * Runs a program without a shell and resolves with what it printed. Its output goes to this process's own streams
 * unless `quiet`. Rejects with a CommandError; what a quiet command printed is then shown.
 */
export function run(program, args, { cwd = root, env = {}, quiet = false } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', quiet ? 'pipe' : 'inherit'],
      shell: program.endsWith('.cmd'),
    });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk) => {
      output += chunk;
      if (!quiet) process.stdout.write(chunk);
    });
    child.stderr?.on('data', (chunk) => {
      errors += chunk;
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(output);
      if (quiet) process.stderr.write(output + errors);
      reject(new CommandError([program, ...args].join(' '), code ?? signal));
    });
  });
}

/** Runs a script with this Node. */
export function node(script, args = [], options = {}) {
  return run(process.execPath, [script, ...args], options);
}

/** Runs npm: the one that started this script if there is one. Install scripts stay off. */
export function npm(args, options = {}) {
  const env = {
    npm_config_ignore_scripts: 'true',
    npm_config_fund: 'false',
    npm_config_audit: 'false',
    ...options.env,
  };
  const cli = process.env.npm_execpath;
  if (cli !== undefined && /npm-cli\.c?js$/.test(cli)) return node(cli, args, { ...options, env });
  return run(process.platform === 'win32' ? 'npm.cmd' : 'npm', args, { ...options, env });
}

/** Says what went wrong, without a stack unless it is a bug of a script, and sets the exit code. */
export function fail(error) {
  const known = error instanceof CommandError;
  console.error(known ? error.message : error);
  process.exitCode = known && typeof error.exitCode === 'number' ? error.exitCode : 1;
}
