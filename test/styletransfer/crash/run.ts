/** A process that makes a dataset with the fake painter, for tests that kill it. Arguments: options, fault (JSON). */

import { mergeDatasets } from '../../../src/styletransfer/dataset/merge.js';
import { generateCueConflict } from '../../../src/styletransfer/generate.js';
import { fakePainter } from '../fake.js';
import { counted, plantFault } from './faults.js';

const [, , options, fault, delay = '0'] = process.argv;
const { parts, ...rest } = JSON.parse(options!);
plantFault(JSON.parse(fault!));
const stop = new AbortController();
process.once('SIGTERM', () => stop.abort(new Error('stopped')));
try {
  if (parts === undefined) {
    const onProgress = ({ phase, done }: { phase: string; done: number }): void => {
      if (phase === 'stylize' && done > 0 && process.connected) process.send?.('going');
    };
    const painter = fakePainter(Number(delay));
    await generateCueConflict({ ...rest, painter }, { signal: stop.signal, onProgress });
  } else await mergeDatasets({ ...rest, parts });
  process.stdout.write(JSON.stringify({ operations: counted() }));
} catch (error) {
  const { code = '', message } = error as Error & { code?: string };
  process.stdout.write(JSON.stringify({ code, message }));
  process.exitCode = stop.signal.aborted ? 143 : 1;
}
if (process.connected) process.disconnect();
