import * as tf from '@tensorflow/tfjs-core';
import type { OpAttribute } from './attributes.js';
import type { Recorder, TensorFlowBinding, TensorMeta } from './binding.js';
import type { Values } from './values.js';

/** tfjs-node's backend as far as Cuemix calls it directly; its kernels use the rest. */
export interface TensorFlowBackend extends tf.KernelBackend {
  readonly binding: TensorFlowBinding;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(meta: TensorMeta): tf.Tensor;
  executeSingleOutput(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.Tensor[],
  ): tf.Tensor;
  executeMultipleOutputs(
    name: string,
    attributes: readonly OpAttribute[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
}

/** What a backend class of tfjs-node is made with. */
export type TensorFlowBackendClass = new (
  binding: TensorFlowBinding,
  packageName: string,
) => TensorFlowBackend;

/** A recorder that also knows which tensors JavaScript wrote during the recording. */
export interface WritingRecorder extends Recorder {
  readonly written: WeakSet<object>;
}

/**
 * tfjs-node's backend with one addition: while a step is recorded, values that were made before it are uploaded
 * unseen, so that the recorder can tell a captured tensor from one that the step itself made.
 */
export function recordingBackend(Base: TensorFlowBackendClass): TensorFlowBackendClass {
  return class extends (Base as new (
    binding: TensorFlowBinding,
    packageName: string,
  ) => TensorFlowBackend & {
    readonly tensorMap: { get(dataId: object): { values: Values | null } };
  }) {
    override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): tf.DataId {
      const dataId = super.write(values, shape, dtype);
      (this.binding.recorder as WritingRecorder | undefined)?.written.add(dataId);
      return dataId;
    }

    override getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[] {
      const recorder = this.binding.recorder as WritingRecorder | undefined;
      if (!recorder) return super.getInputTensorIds(tensors);
      const captured = tensors.filter(
        ({ dataId }) =>
          dataId !== undefined && !recorder.written.has(dataId) && this.tensorMap.get(dataId).values !== null,
      );
      if (captured.length > 0) {
        this.binding.recorder = undefined;
        try {
          super.getInputTensorIds(captured);
        } finally {
          this.binding.recorder = recorder;
        }
      }
      return super.getInputTensorIds(tensors);
    }
  };
}

/** The backend of libtensorflow if that is the engine in use, else undefined. */
export function tensorFlowBackend(): TensorFlowBackend | undefined {
  if (tf.getBackend() !== BACKEND) return undefined;
  const backend = tf.backend() as Partial<TensorFlowBackend>;
  return backend.binding && 'executeOpAsync' in backend.binding ? (backend as TensorFlowBackend) : undefined;
}

/** Whether kernels run on the processor: what takes the place of oneDNN's is not for a GPU. */
export const onProcessor = ({ binding }: TensorFlowBackend): boolean => !binding.isUsingGpuDevice();

/** The name under which tfjs-node's kernels are registered. */
export const BACKEND = 'tensorflow';
