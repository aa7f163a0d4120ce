import { withAtomicFile, writeAll } from '../../io/files/atomic.js';
import { CLASSES, CONFIG } from '../files.js';
import type { Route } from '../layers/ops.js';
import type { Shape } from '../layers/shape.js';
import type { Model } from '../model.js';
import { stateDict } from '../weights.js';
import { OnnxGraph } from './graph.js';
import { OnnxOps, type OnnxValue } from './ops.js';
import { modelProto, type Pieces, valueProto } from './proto.js';

export interface OnnxOptions {
  /** Shape of one input without the batch, `[...space, channels]`; the model's usual one unless given. */
  readonly inputShape?: Shape;
  /** Which norms of a model with two sets; default `main`, as for every evaluation. */
  readonly route?: Exclude<Route, 'mix'>;
  /** Name of each class, by index; kept in the file's metadata. */
  readonly classes?: readonly string[];
  readonly signal?: AbortSignal;
}

/** What an exported file takes and gives; `batch` is a free extent. */
export interface OnnxInterface {
  readonly input: readonly (number | 'batch')[];
  readonly output: readonly (number | 'batch')[];
}

const stored = ({ shape, channelsFirst }: OnnxValue): (number | 'batch')[] => {
  const [, ...rest] = shape;
  return ['batch', ...(channelsFirst ? [rest.at(-1)!, ...rest.slice(0, -1)] : rest)];
};

async function encode(model: Model, options: OnnxOptions): Promise<OnnxInterface & { pieces: Pieces }> {
  const { inputShape = model.inputShape, route = 'main', classes } = options;
  const graph = new OnnxGraph(await stateDict(model));
  const input: OnnxValue = { name: 'input', shape: [1, ...inputShape], channelsFirst: inputShape.length > 1 };
  const output = model.network.apply(new OnnxOps(graph, route), input);
  graph.name(output.name, 'output');
  const metadata = new Map([[CONFIG, JSON.stringify(model.config)]]);
  if (classes !== undefined) metadata.set(CLASSES, JSON.stringify(classes));
  const [takes, gives] = [stored(input), stored(output)];
  const whole = [...graph.pieces, valueProto(11, 'input', takes), valueProto(12, 'output', gives)];
  return { input: takes, output: gives, pieces: modelProto(model.config.family, whole, metadata) };
}

/**
 * A network as ONNX (operator set 17), weights in: input `input` `[batch, channels, ...space]`, output `output`
 * `[batch, classes]`, or `[batch, classes, ...space]` for segmentation. The batch is free, the space is fixed: strided
 * convolutions by TensorFlow's SAME rule depend on it.
 */
export async function toOnnx(model: Model, options: OnnxOptions = {}): Promise<Uint8Array> {
  return Buffer.concat((await encode(model, options)).pieces);
}

/** Writes `toOnnx` to a file, atomically and without holding it in memory twice. @throws StorageError */
export async function exportOnnx(
  model: Model,
  path: string,
  options: OnnxOptions = {},
): Promise<OnnxInterface> {
  const { signal } = options;
  const { pieces, input, output } = await encode(model, options);
  await withAtomicFile(
    path,
    async (handle) => {
      for (const piece of pieces) await writeAll(handle, piece);
    },
    { signal },
  );
  return { input, output };
}
