import { z } from 'zod';
import { type BuildOptions, createModel, type Family, type Model } from '../model.js';
import { InvertedResidual } from './inverted-residual.js';
import { MobileNetwork, mobileOptions } from './mobile.js';

const schema = z.strictObject({
  classes: mobileOptions.classes,
  dropout: mobileOptions.dropout,
  /** Factor on all channels. */
  width: z.number().positive().default(1),
});

/** [expansion, outputs, repeats, stride of the first] (arXiv 1801.04381, table 2). */
const TABLE = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
] as const;

/** The nearest multiple of 8, at least 8, and not more than a tenth below `value`. */
export function roundChannels(value: number): number {
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}

const EXPANDED = [
  ['conv.0.0', 'conv.0.1'],
  ['conv.1.0', 'conv.1.1'],
  ['conv.2', 'conv.3'],
] as const;
const PLAIN = [
  ['conv.0.0', 'conv.0.1'],
  ['conv.1', 'conv.2'],
] as const;

export const mobilenetV2Family: Family<typeof schema> = {
  name: 'mobilenet-v2',
  schema,
  counting: 'plain',
  build: ({ classes, dropout, width }) => {
    const style = { activation: 'relu6', epsilon: 1e-5, momentum: 0.1, same: false } as const;
    const stem = roundChannels(32 * width);
    let inputs = stem;
    const blocks = TABLE.flatMap(([expansion, channels, repeats, first]) =>
      Array.from({ length: repeats }, (_, index) => {
        const outputs = roundChannels(channels * width);
        const names = expansion === 1 ? PLAIN : EXPANDED;
        const stride = index === 0 ? first : 1;
        const block = new InvertedResidual({ inputs, outputs, expansion, kernel: 3, stride, names }, style);
        inputs = outputs;
        return block;
      }),
    );
    const head = roundChannels(1280 * Math.max(1, width));
    return new MobileNetwork({ classes, stem, head, dropout, last: inputs }, blocks, style);
  },
  inputShape: () => [224, 224, 3],
};

/** MobileNetV2 with torchvision's names. */
export function mobilenetV2(options: z.input<typeof schema> = {}, build?: BuildOptions): Model {
  return createModel(mobilenetV2Family, options, build);
}
