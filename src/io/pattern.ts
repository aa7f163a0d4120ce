import { UsageError } from '../core/errors.js';

const MOST = 1_000_000;

/**
 * Names that a pattern stands for: `train-{000..099}.tar` counts (zero-padded as written), `{a,b}` lists; several braces
 * give all combinations, the last varying fastest. Throws UsageError for ranges that go down or give over a million.
 */
export function expandPattern(pattern: string): string[] {
  const brace = /\{(?:(\d+)\.\.(\d+)|([^{}]*,[^{}]*))\}/.exec(pattern);
  if (brace === null) return [pattern];
  const [whole, from, to, list] = brace;
  const head = pattern.slice(0, brace.index);
  const choices = list === undefined ? count(from!, to!, pattern) : list.split(',');
  const tails = expandPattern(pattern.slice(brace.index + whole.length));
  if (choices.length * tails.length > MOST) throw tooMany(pattern);
  return choices.flatMap((choice) => tails.map((tail) => head + choice + tail));
}

function count(from: string, to: string, pattern: string): string[] {
  const [first, last] = [Number(from), Number(to)];
  if (last < first)
    throw new UsageError(`Expected a range that goes up in ${pattern} but received {${from}..${to}}.`);
  if (last - first >= MOST) throw tooMany(pattern);
  return Array.from({ length: last - first + 1 }, (_, step) =>
    String(first + step).padStart(from.length, '0'),
  );
}

function tooMany(pattern: string): UsageError {
  return new UsageError(`Expected a pattern for at most ${MOST} names but ${pattern} stands for more.`);
}
