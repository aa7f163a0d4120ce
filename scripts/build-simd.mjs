// Compiles kernels/*.as.ts (AssemblyScript) to WebAssembly and writes it, as base64, into the sources, so that neither
// the build nor users need a compiler. Run it after changing a kernel: npx -p assemblyscript@0.28.20 node scripts/build-simd.mjs
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const KERNELS = [
  { source: 'regrid', module: 'src/transforms/volume/simd-module.ts', constant: 'REGRID_MODULE' },
  { source: 'inflate', module: 'src/io/inflate/inflate-module.ts', constant: 'INFLATE_MODULE' },
  { source: 'resample', module: 'src/core/simd/resample-module.ts', constant: 'RESAMPLE_MODULE' },
];
const FLAGS = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd',
  '--importMemory',
  '--initialMemory',
  '1',
];

const compiler = process.env.ASC ?? 'asc';
const root = fileURLToPath(new URL('..', import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'cuemix-simd-'));
try {
  for (const { source, module, constant } of KERNELS) {
    const wasm = join(work, `${source}.wasm`);
    execFileSync(compiler, [join(root, `kernels/${source}.as.ts`), ...FLAGS, '-o', wasm], {
      stdio: 'inherit',
    });
    const base64 = readFileSync(wasm).toString('base64');
    const lines = base64.match(/.{1,100}/g).map((line) => `  '${line}',`);
    writeFileSync(
      join(root, module),
      `/** kernels/${source}.as.ts compiled by scripts/build-simd.mjs: WebAssembly as base64. */\nexport const ${constant}: string = [\n${lines.join('\n')}\n].join('');\n`,
    );
  }
} finally {
  rmSync(work, { recursive: true });
}
