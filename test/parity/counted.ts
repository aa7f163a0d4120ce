import { type Counting, countNetwork, type Model } from '../../src/models/index.js';
import { type GoldenCase, inputOf } from './case.js';
import { type Check, checkSame } from './compare.js';

/** The case's parameter and multiply-accumulate counts, each at the input size that its name says. */
export function counted(
  golden: GoldenCase,
  { network }: Model,
  counting: Counting = 'plain',
): readonly Check[] {
  const [, , ...space] = inputOf(golden, 'input').shape;
  const at = (...shape: number[]) => countNetwork(network, [...shape, 3], counting);
  const expected: Readonly<Record<string, () => number>> = {
    params: () => at(...space).params,
    params_profiler: () => at(...space).weightParams,
    macs_conv_linear: () => at(...space).plainMacs,
    macs_conv_linear_224: () => at(224, 224).plainMacs,
    macs_official_profiler_224: () => at(224, 224).macs,
    macs_8x224x224: () => at(8, 224, 224).plainMacs,
    macs_16x224x224: () => at(16, 224, 224).plainMacs,
  };
  return Object.entries(expected).flatMap(([key, count]) =>
    golden[key] === undefined ? [] : [checkSame(key, count(), golden[key])],
  );
}
