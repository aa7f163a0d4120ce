import { UsageError } from '../../../core/errors.js';
import type { AtomNASConfig } from '../../../models/atomnas/atomnas.js';
import type { AutoNLSearchConfig } from '../../../models/autonl/autonl-search.js';
import type { ModelConfig } from '../../../models/model.js';
import { type CostBudget, firstWithin, type Sized } from './budget.js';

/** Widths go up to this multiple of the model's. */
const WIDEST = 3;

/**
 * A network of the plain form with all its widths multiplied by one factor so that it costs what it may: what a search
 * has to beat. `atomnas`: the search network itself; `autonl-search`: 3×3 kernels, expansion 6, no LightNL;
 * `cakes-unet`: 3×3×3 kernels.
 * @throws UsageError for another network, and for a budget that no width comes within 3 % of
 */
export async function widthArchitecture(
  { family, options }: ModelConfig,
  budget: CostBudget,
): Promise<ModelConfig> {
  const make = SCALED[family];
  if (make !== undefined) return firstWithin([(size: number) => make(options, size * WIDEST)], budget);
  throw new UsageError(
    `Expected one of ${Object.keys(SCALED).join(', ')} to scale the width of but the model is ${family}.`,
  );
}

type Scaled = (options: unknown, factor: number) => ReturnType<Sized>;

const SCALED: Readonly<Record<string, Scaled>> = {
  atomnas: (options, factor) => {
    const { stem, head, blocks, ...rest } = options as AtomNASConfig;
    const scale = scaledBy(factor);
    const scaled = blocks.map((block) => ({
      ...block,
      outputs: scale(block.outputs),
      channels: block.channels.map(scale),
    }));
    return { family: 'atomnas', options: { ...rest, stem: scale(stem), head: scale(head), blocks: scaled } };
  },
  'autonl-search': (options, factor) => {
    const { stem, head, first, blocks, explore: _, ...rest } = options as AutoNLSearchConfig;
    const scale = scaledBy(factor);
    const fixed = { expansion: 1, outputs: scale(first), stride: 1, kernel: 3 };
    const plain = blocks.map(({ outputs, stride }) => ({
      ...{ expansion: 6, outputs: scale(outputs), stride, kernel: 3 },
    }));
    const widths = { stem: scale(stem), head: scale(head), blocks: [fixed, ...plain] };
    return { family: 'autonl', options: { ...rest, ...widths } };
  },
  'cakes-unet': (options, factor) => {
    const { widths, ...rest } = options as { widths: number[] };
    const scale = scaledBy(factor);
    return {
      family: 'cakes-unet',
      options: { ...rest, op: '3d', search: false, widths: widths.map(scale) },
    };
  },
};

const scaledBy =
  (factor: number) =>
  (width: number): number =>
    Math.max(1, Math.round(width * factor));
