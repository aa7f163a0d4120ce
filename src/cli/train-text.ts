import { figures } from '../core/figures.js';
import { counted } from '../core/plural.js';
import type { TrainEvent } from '../trainers/run/events.js';
import type { Prospect } from '../trainers/run/prospect.js';
import { formatBytes, formatDuration, formatRate } from './support/format.js';
import { formatCount } from './support/table.js';

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** What a dry run found, for people. */
export function describeProspect(found: Prospect): string {
  const views = found.views.map(({ route, shape }) => `${route} [${shape.join(', ')}]`).join(' and ');
  const validation =
    found.validation === undefined ? 'no validation data' : `${found.validation} for validation`;
  const inParts = found.parts > 1 ? ` in ${found.parts} parts` : '';
  return [
    `Data: ${counted(found.train, 'sample')} to train on, ${validation}, ${counted(found.classes, 'class', 'classes')}`,
    `Batch: ${counted(found.batch, 'sample')}${inParts}, as ${views}`,
    `Model: ${found.model}, ${formatCount(found.parameters)} parameters, ${formatCount(found.macs)} multiply-accumulates a sample`,
    `Run: ${counted(found.epochs, 'epoch')} of ${counted(found.stepsPerEpoch, 'step')}; learning rate ${figures(found.rate)} after warm-up`,
    `Engine: ${found.engine}, ${found.precision}`,
    `Time: ${found.stepSeconds.toFixed(2)} s a step, so about ${formatDuration(found.seconds)} in all, without validation`,
    `Memory: ${formatBytes(found.memory)}; ${formatBytes(found.freeMemory)} are free. A checkpoint takes ${formatBytes(found.checkpoint)}.`,
  ].join('\n');
}

/** The line that a person reads of an event, if any; steps are the progress line's. */
export function describeEvent(event: TrainEvent): string | undefined {
  switch (event.type) {
    case 'start': {
      const from = event.resumed === undefined ? '' : `; goes on at step ${event.step} from ${event.resumed}`;
      return `${formatCount(event.parameters)} parameters, ${counted(event.epochs, 'epoch')} of ${counted(event.stepsPerEpoch, 'step')} with ${counted(event.batch, 'sample')}, learning rate ${figures(event.rate)}${from}`;
    }
    case 'epoch':
      return `epoch ${event.epoch + 1}: loss ${event.loss.toFixed(4)}, accuracy ${percent(event.accuracy)}, ${formatDuration(event.seconds)}, ${formatRate(event.samplesPerSecond)}, ${percent(event.waiting)} of the time waiting for data`;
    case 'validation': {
      const metrics = Object.entries(event.metrics).map(([name, value]) => `${name} ${value.toFixed(4)}`);
      return `epoch ${event.epoch + 1}: validation ${metrics.join(', ')}${event.best ? ' (best)' : ''}`;
    }
    case 'notice':
      return event.message;
    default:
      return undefined;
  }
}

/** The end of the progress line. */
export function describeStep({ loss, accuracy, epoch }: Extract<TrainEvent, { type: 'step' }>): string {
  return `epoch ${epoch + 1} loss ${loss.toFixed(3)} accuracy ${percent(accuracy)}`;
}
