import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { openEngine } from '../../../src/engine/index.js';
import { describeShared } from '../../helpers/shared.js';
import { adainForward, adainLoss } from '../../parity/builders/adain.js';
import { readCases, readTensors } from '../../parity/case.js';
import { compareOutputs, passes } from '../../parity/compare.js';

describeShared('AdaIN by the published code', (shared) => {
  const folder = join(shared, 'golden');

  beforeAll(async () => {
    await openEngine();
  });

  it.each(['adain_64x64', 'adain_odd_67x93_style_50x41', 'adain_loss_48x48'])('%s', async (name) => {
    const golden = (await readCases(folder)).find((entry) => entry.case === name)!;
    const outcome = await (name === 'adain_loss_48x48' ? adainLoss : adainForward)(golden, folder);
    const checks = compareOutputs(golden, await readTensors(folder, golden), outcome);
    expect(checks.length).toBeGreaterThan(4);
    expect(checks.filter((check) => !passes(check))).toEqual([]);
  });
});
