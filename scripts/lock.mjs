/**
 * `npm run lock`: brings package-lock.json in line with package.json, then adds what npm leaves out: a registry that
 * lacks a package for some other platform makes npm drop it from the lock file, and `npm ci` then calls the lock file
 * incomplete. Versions of such packages are pinned by the package that asks for them.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, npm, root } from './support/run.mjs';

const OS = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const CPU = ['arm64', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

try {
  await npm(['install', '--package-lock-only', '--omit-lockfile-registry-resolved'], { quiet: true });
  const file = join(root, 'package-lock.json');
  const lock = JSON.parse(await readFile(file, 'utf8'));
  const added = complete(lock.packages);
  lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
  await writeFile(file, `${JSON.stringify(lock, undefined, 2)}\n`);
  console.log(
    added.length === 0 ? 'package-lock.json is complete.' : `Added to package-lock.json: ${added.join(', ')}`,
  );
} catch (error) {
  fail(error);
}

/** Adds optional dependencies that are not locked; returns their names. */
function complete(packages) {
  const added = [];
  for (const [path, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const place = `node_modules/${name}`;
      if (packages[place] !== undefined || packages[`${path}/${place}`] !== undefined) continue;
      if (!/^\d+\.\d+\.\d+/.test(version))
        throw new Error(`${path} does not pin its optional ${name} (${version}).`);
      packages[place] = { version, ...platform(name), ...(dev ? { dev: true } : {}), optional: true };
      added.push(`${name}@${version}`);
    }
  }
  return added;
}

/** For which platform a binary package is, by its name; npm skips it elsewhere. */
function platform(name) {
  const words = name.slice(name.indexOf('/') + 1).split('-');
  const os = words.find((word) => OS.includes(word));
  const cpu = words.find((word) => CPU.includes(word));
  if (os === undefined || cpu === undefined)
    throw new Error(`Cannot tell the platform of ${name} by its name.`);
  const libc = words.some((word) => word.startsWith('musl')) ? ['musl'] : undefined;
  return { cpu: [cpu], ...(libc ? { libc } : {}), os: [os] };
}
