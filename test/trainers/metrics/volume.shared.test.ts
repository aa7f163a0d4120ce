import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { Raster } from '../../../src/core/sample.js';
import { readSafetensors } from '../../../src/io/tensors/safetensors.js';
import { segmentationScores } from '../../../src/trainers/metrics/volume.js';
import { describeShared } from '../../helpers/shared.js';

interface Golden {
  case: string;
  file: string;
  spacing: number[];
  num_classes: number;
  data: Record<string, (number | null)[]>;
}

describeShared('segmentationScores equal MONAI', (shared) => {
  const folder = join(shared, 'golden');
  const { cases } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8')) as { cases: Golden[] };
  for (const golden of cases.filter((entry) => entry.case.startsWith('seg_metrics_'))) {
    it(golden.case, () => {
      const { tensors } = readSafetensors(readFileSync(join(folder, golden.file)), golden.file);
      const raster = (name: string): Raster => {
        const { data, shape } = tensors.get(name)!;
        return { role: 'mask', axes: ['z', 'y', 'x'], shape: [...shape, 1], data };
      };
      const [prediction, truth] = [raster('pred'), raster('gt')];
      const score = (options: object) =>
        segmentationScores(prediction, truth, { classes: golden.num_classes, ...options });
      const { spacing } = golden;
      const got: Record<string, number[]> = {
        dice_nobg: score({}).map(({ dice }) => dice),
        dice_bg: score({ background: true }).map(({ dice }) => dice),
        hd95_spacing1: score({}).map(({ hausdorff }) => hausdorff),
        hd95_spacing: score({ spacing }).map(({ hausdorff }) => hausdorff),
        hd100_spacing1: score({ percentile: 100 }).map(({ hausdorff }) => hausdorff),
        hd100_spacing: score({ percentile: 100, spacing }).map(({ hausdorff }) => hausdorff),
        asd_symmetric_spacing: score({ spacing }).map(({ averageSurfaceDistance }) => averageSurfaceDistance),
      };
      for (const [name, values] of Object.entries(got)) {
        golden.data[name]!.forEach((want, at) => {
          if (want === null) expect(values[at]).toBeNaN();
          else expect(values[at]).toBeCloseTo(want, 5);
        });
      }
    });
  }
});
