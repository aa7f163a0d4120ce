import { UsageError } from '../../core/errors.js';
import { type EngineOptions, openEngine } from '../../engine/index.js';
import { loadNetwork, type StylizerOptions } from '../network/model.js';
import type { StyleStatistics } from '../network/stats.js';
import { clipPainter } from './clip-painter.js';
import { type ClipStyle, loadClipStylizer } from './clip-stylizer.js';
import { networkPainter } from './network-painter.js';
import type { Clip, Painter } from './painter.js';

/** Which network paints, on which engine. */
export interface PainterOptions extends EngineOptions {
  /** The small network of this package (default), or the AdaIN network of arXiv 1703.06868 with given weights. */
  readonly network?: 'embedded' | 'vgg';
  /** Weights of the embedded network instead of the packaged ones, from `cuemix train-stylizer`. */
  readonly weights?: string;
  /** Weights of the VGG encoder and of its decoder: `.pth` or safetensors. */
  readonly encoder?: string;
  readonly decoder?: string;
  /** `auto` (default) is bf16 where the processor computes it, else fp32; the dataset says which it was. */
  readonly precision?: 'auto' | 'fp32' | 'bf16';
}

/**
 * Opens the engine and loads a style network as a painter.
 * @throws UsageError for missing weights; CheckpointError, ShapeError for a file that is none; EngineError
 */
export async function openPainter(options: PainterOptions = {}): Promise<Painter<StyleStatistics>> {
  const wanted = stylizerOf(options);
  const engine = await openEngine(options);
  const network = await loadNetwork(wanted);
  const { name, precision } = network;
  return networkPainter(network, {
    model: name,
    engine: engine.kind,
    engineVersion: engine.version,
    precision,
  });
}

/** As {@link openPainter}, for clips. */
export async function openClipPainter(options: PainterOptions = {}): Promise<Painter<ClipStyle, Clip>> {
  const wanted = stylizerOf(options);
  const engine = await openEngine(options);
  const stylizer = await loadClipStylizer(wanted);
  const { name, precision } = stylizer;
  const identity = { model: `${name} clips`, engine: engine.kind, engineVersion: engine.version, precision };
  return clipPainter(stylizer, identity);
}

function stylizerOf({
  network = 'embedded',
  weights,
  encoder,
  decoder,
  precision = 'auto',
}: PainterOptions): StylizerOptions {
  if (network === 'embedded') {
    if (encoder !== undefined || decoder !== undefined) {
      throw new UsageError('Weights of an encoder and a decoder belong to the network "vgg": choose it too.');
    }
    return { path: 'embedded', precision, ...(weights === undefined ? {} : { weights }) };
  }
  if (encoder === undefined || decoder === undefined) {
    throw new UsageError('The network "vgg" needs the weights of its encoder and of its decoder.');
  }
  if (weights !== undefined)
    throw new UsageError('Weights of the embedded network do not fit "vgg": give encoder and decoder.');
  return { path: 'vgg', encoder, decoder, precision };
}
