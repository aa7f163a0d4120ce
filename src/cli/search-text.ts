import type { SearchProspect } from '../trainers/search/prospect.js';
import type { SearchResult } from '../trainers/search/search.js';
import { milliseconds, TOLERANCE } from '../trainers/search/target.js';
import { formatBytes, formatDuration } from './support/format.js';
import { describeProspect } from './train-text.js';

const count = (value: number): string => Math.round(value).toLocaleString('en');

const UNITS: Readonly<Record<string, string>> = {
  macs: 'multiply-accumulates',
  params: 'parameters',
};

const shown = (unit: string, value: number): string =>
  unit === 'latency' ? milliseconds(value) : `${count(value)} ${UNITS[unit] ?? unit}`;

const targets = (target: Readonly<Record<string, number | undefined>> | undefined): string[] =>
  Object.entries(target ?? {}).flatMap(([unit, value]) => (value === undefined ? [] : [shown(unit, value)]));

/** What a search found, in a sentence. */
export function describeFound({ search, target = {}, ...costs }: SearchResult): string {
  const found = (['macs', 'params', 'latency'] as const).flatMap((unit) => {
    const value = costs[unit];
    if (value === undefined) return [];
    const wanted = target[unit];
    if (wanted === undefined) return [shown(unit, value)];
    const off = value / wanted - 1;
    const miss = Math.abs(off) > TOLERANCE ? `, missed by ${(100 * off).toFixed(1)} %` : '';
    return [`${shown(unit, value)} (target ${shown(unit, wanted)}${miss})`];
  });
  return `${search} found ${found.join(', ')}.`;
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
