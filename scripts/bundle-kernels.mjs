/**
 * Writes vendor/kernels.cjs: TensorFlow.js's own Node kernels (JavaScript only, no addon) and gradients in one file,
 * so that the published package needs neither @tensorflow/tfjs-node nor its install script.
 *
 * - `@tensorflow/tfjs` becomes `@tensorflow/tfjs-core`, left external: there must be one engine and one registry.
 * - The gradients are not in tfjs-core's CommonJS entry; its ES modules of them are bundled with the operations that
 *   they call. A second copy of those is safe, as tfjs keeps engine and registries on globalThis.
 * - `util` becomes a shim: Node 23 removed two helpers that the kernels still call.
 *
 * Types: vendor/kernels.d.cts. Third-party notices: vendor/kernels.cjs.LEGAL.txt (written by esbuild).
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');

const entry = `
  exports.registerKernels = () => { require('@tensorflow/tfjs-node-gpu/dist/register_all_kernels.js'); };
  exports.registerGradients = () => { require('@tensorflow/tfjs-core/dist/register_all_gradients.js'); };
  Object.defineProperty(exports, 'NodeJSKernelBackend', {
    enumerable: true,
    get: () => require('@tensorflow/tfjs-node-gpu/dist/nodejs_kernel_backend.js').NodeJSKernelBackend,
  });
`;

const utilShim = `
  module.exports = { isNullOrUndefined: (value) => value === null || value === undefined, isArray: Array.isArray };
`;

/** @type {import('esbuild').Plugin} */
const redirect = {
  name: 'redirect',
  setup(builder) {
    builder.onResolve({ filter: /^@tensorflow\/tfjs(-core)?$/ }, () => ({
      path: '@tensorflow/tfjs-core',
      external: true,
    }));
    builder.onResolve({ filter: /^(node:)?util$/ }, () => ({ path: 'util', namespace: 'shim' }));
    builder.onLoad({ filter: /.*/, namespace: 'shim' }, () => ({ contents: utilShim, loader: 'js' }));
  },
};

await build({
  stdin: { contents: entry, resolveDir: root, sourcefile: 'kernels-entry.cjs', loader: 'js' },
  outfile: join(root, 'vendor/kernels.cjs'),
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  minify: true,
  keepNames: true, // tfjs prints class names in its errors
  legalComments: 'linked',
  mainFields: ['module', 'main'],
  plugins: [redirect],
  logLevel: 'warning',
});
