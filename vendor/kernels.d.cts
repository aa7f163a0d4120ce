/**
 * Types of vendor/kernels.cjs, which scripts/bundle-kernels.mjs writes: the JavaScript of TensorFlow.js's Node
 * backend and the gradients of tfjs-core, nothing of which runs before it is asked for.
 */
import type { KernelBackend } from '@tensorflow/tfjs-core';

/** What the backend's constructor calls; the rest of a binding (the shape of tfjs-node's addon) the caller types. */
export interface NodeBinding {
  readonly TF_Version: string;
  isUsingGpuDevice(): boolean;
}

/** tfjs-node's own backend: every registered 'tensorflow' kernel calls `executeOp` of the binding through it. */
export interface NodeJSKernelBackend extends KernelBackend {
  readonly isUsingGpuDevice: boolean;
}

export declare const NodeJSKernelBackend: new (binding: NodeBinding, packageName: string) => NodeJSKernelBackend;

/** Registers tfjs-node's kernels for the backend name 'tensorflow'. A second call does nothing. */
export declare function registerKernels(): void;

/** Registers the gradients of tfjs-core, whatever the backend. A second call does nothing. */
export declare function registerGradients(): void;
