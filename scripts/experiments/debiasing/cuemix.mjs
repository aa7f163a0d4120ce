import { spawn } from 'node:child_process';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Runs a command of `cuemix` as its users do, and resolves with its JSON. Progress goes to the file `log`. Throws Error
 * for another exit code than 0.
 * @param {{ cli: string, data: string }} place the program, and the folder that recipes' paths are relative to
 * @param {string[]} args
 * @param {string} log
 */
export async function cuemix({ cli, data }, args, log) {
  await mkdir(dirname(log), { recursive: true });
  const file = await open(log, 'a');
  try {
    const child = spawn(process.execPath, [cli, ...args, '--json'], {
      cwd: data,
      stdio: ['ignore', 'pipe', file.fd],
    });
    const ended = new Promise((resolve, reject) => child.once('close', resolve).once('error', reject));
    let text = '';
    for await (const part of child.stdout) text += part;
    const code = await ended;
    if (code !== 0) throw new Error(`cuemix ${args.join(' ')} ended with ${code}; see ${log}.`);
    return JSON.parse(text);
  } finally {
    await file.close();
  }
}
