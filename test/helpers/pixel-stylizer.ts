import { moments } from '../../src/styletransfer/network/adain.js';
import { type TensorStylizer, tensorStylizer } from '../../src/styletransfer/network/tensor-stylizer.js';

/** The smallest style network: AdaIN on the colours themselves. */
export function pixelStylizer(): TensorStylizer {
  return tensorStylizer({
    name: 'pixels',
    multiple: 8,
    precision: 'fp32',
    channels: [3],
    scales: [1],
    shapes: new Map(),
    values: new Map(),
    encode: (_parameter, image) => [moments(image)],
    forward: (_parameter, image, visit) => visit(image, 0),
    frame: 0,
    framed: (_parameter, image, visit) => visit(image, 0),
    reach: 0,
  });
}
