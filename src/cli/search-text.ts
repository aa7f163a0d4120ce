import type { SearchProspect } from '../trainers/search/prospect.js';
import type { SearchResult } from '../trainers/search/search.js';
import { formatBytes, formatDuration } from './support/format.js';
import { describeProspect } from './train-text.js';

const count = (value: number): string => Math.round(value).toLocaleString('en');

const UNITS: Readonly<Record<string, string>> = {
  macs: 'multiply-accumulates',
  params: 'parameters',
  latency: 'ms',
};

const targets = (target: Readonly<Record<string, number | undefined>> | undefined): string[] =>
  Object.entries(target ?? {}).flatMap(([unit, value]) =>
    value === undefined ? [] : [`${count(value)} ${UNITS[unit] ?? unit}`],
  );

/** What a search found, in a sentence. */
export function describeFound({ search, macs, params, target }: SearchResult): string {
  const budget = targets(target).map((text) => `; target ${text}`);
  return `${search} found ${count(macs)} multiply-accumulates, ${count(params)} parameters${budget.join('')}.`;
}

/** What a search would take, for people. */
export function describeSearchProspect(found: SearchProspect): string {
  const { name, target, search, train, seconds, memory } = found;
  const [budget = 'none: the strength of the penalty alone decides'] = targets(target);
  return [
    ...(search ? [`Search by ${name}`, describeProspect(search), ''] : []),
    ...(train ? ['Training of what is found', describeProspect(train), ''] : []),
    `Target: ${budget}`,
    `In all: about ${formatDuration(seconds)} without validation, ${formatBytes(memory)} of memory`,
  ].join('\n');
}
