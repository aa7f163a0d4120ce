import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../../core/errors.js';
import type { Label } from '../../core/label.js';
import type { HostBatch } from '../../datasets/collate.js';
import { compile } from '../../engine/index.js';
import { toBatch } from '../../transforms/batch/to-batch.js';
import type { TensorStylizer } from '../network/tensor-stylizer.js';

/** Styles of a dataset, each encoded once: what in-loop cue conflict draws from instead of the batch. */
export interface StyleBank {
  /** Name of the network that encoded them. */
  readonly network: string;
  /** [N, S] */
  readonly statistics: tf.Tensor2D;
  readonly ids: readonly string[];
  /** Texture labels, where the styles have the classes of the content. */
  readonly labels?: readonly Label[];
  dispose(): void;
}

/** How a bank is made. */
export interface StyleBankOptions {
  /**
   * The styles' labels are classes of the content set and become texture votes. Unless told they do not count, as for
   * paintings, and a painted picture keeps its shape label alone.
   */
  readonly labelled?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Encodes the pictures of `batches`, a stream of style pictures. Who calls it disposes the bank.
 * @example await styleBank(stylizer, stream(folder('paintings'), { batch: 16, transforms: [resize({ height: 256, width: 256 })] }))
 * @throws UsageError for no style at all, and for one without a label where `labelled`
 */
export async function styleBank(
  stylizer: TensorStylizer,
  batches: AsyncIterable<HostBatch> | Iterable<HostBatch>,
  { labelled = false, signal }: StyleBankOptions = {},
): Promise<StyleBank> {
  const encode = compile((x) => stylizer.encode(x as tf.Tensor4D), { name: 'encode styles' });
  const parts: tf.Tensor2D[] = [];
  const ids: string[] = [];
  const labels: Label[] = [];
  try {
    for await (const host of batches) {
      signal?.throwIfAborted();
      const { x } = toBatch(host);
      parts.push((await encode(x).finally(() => x.dispose())) as tf.Tensor2D);
      ids.push(...host.ids);
      labels.push(...host.labels);
    }
    if (parts.length === 0) throw new UsageError('Expected one style or more in a bank but received none.');
    const bare = labelled ? labels.findIndex((label) => label.length === 0) : -1;
    if (bare >= 0) throw new UsageError(`Expected a label of every style but ${ids[bare]} has none.`);
    const statistics = tf.concat(parts) as tf.Tensor2D;
    return {
      network: stylizer.name,
      statistics,
      ids,
      ...(labelled && { labels }),
      dispose: () => statistics.dispose(),
    };
  } finally {
    tf.dispose(parts);
    encode.dispose();
  }
}
