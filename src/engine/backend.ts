import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { TensorFlowBinding } from './binding.js';
import { loadCApi } from './capi.js';
import { type ContextOptions, configProto } from './config.js';
import { BACKEND, recordingBackend, type TensorFlowBackendClass } from './session.js';

type Kernels = typeof import('../../vendor/kernels.cjs');

/** tfjs-node's kernels and tfjs-core's gradients, bundled (scripts/bundle-kernels.mjs) so that nothing is compiled. */
export function loadKernels(): Kernels {
  return createRequire(import.meta.url)('../../vendor/kernels.cjs') as Kernels;
}

/** Loads libtensorflow from `directory` and makes it the tfjs backend. */
export async function useLibtensorflow(
  directory: string,
  libraries: readonly string[],
  options: ContextOptions,
): Promise<TensorFlowBinding> {
  const api = await loadCApi(libraries.map((library) => join(directory, library)));
  const binding = new TensorFlowBinding(api, { config: configProto(options) });
  const kernels = loadKernels();
  kernels.registerKernels();
  kernels.registerGradients();
  const Backend = recordingBackend(kernels.NodeJSKernelBackend as unknown as TensorFlowBackendClass);
  tf.registerBackend(BACKEND, () => new Backend(binding, 'cuemix'), 3);
  await tf.setBackend(BACKEND);
  return binding;
}
