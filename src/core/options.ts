import { z } from 'zod';
import { UsageError } from './errors.js';

/**
 * `input` checked by `schema`, with its defaults filled in. Throws UsageError that names `where`, each wrong key,
 * and, for a key that nobody knows, the known ones.
 */
export function parseOptions<S extends z.ZodType>(schema: S, input: unknown, where: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const known =
    schema instanceof z.ZodObject ? ` Known keys: ${Object.keys(schema.shape).sort().join(', ')}.` : '';
  const problems = result.error.issues.map((issue) => {
    const key = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    if (issue.code === 'unrecognized_keys')
      return `${key}unknown key "${issue.keys.join('", "')}".${key === '' ? known : ''}`;
    return `${key}${reasonOf(issue)}.`;
  });
  throw new UsageError(`${where}: ${problems.join(' ')}`);
}

const either = new Intl.ListFormat('en', { type: 'disjunction' });
const NUMBERS = ['number', 'int'];

/** What is wrong, in words that follow a colon: ours for the usual faults, zod's for all others. */
export function reasonOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type' && issue.expected === 'number') return 'expected a number';
  if (issue.code === 'invalid_type' && issue.expected === 'int') return 'expected a whole number';
  if (issue.code === 'invalid_value') return `expected ${either.format(issue.values.map(String))}`;
  if (issue.code === 'too_small' && issue.origin === 'string') return 'expected some text';
  if (issue.code === 'too_small' && NUMBERS.includes(issue.origin))
    return issue.inclusive === false
      ? `expected more than ${issue.minimum}`
      : `expected ${issue.minimum} or more`;
  if (issue.code === 'too_big' && NUMBERS.includes(issue.origin))
    return issue.inclusive === false
      ? `expected less than ${issue.maximum}`
      : `expected ${issue.maximum} at most`;
  return issue.message;
}
