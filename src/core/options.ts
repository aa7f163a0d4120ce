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
    if (issue.code === 'unrecognized_keys') return `unknown key "${issue.keys.join('", "')}".${known}`;
    const key = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `;
    return `${key}${issue.message}.`;
  });
  throw new UsageError(`${where}: ${problems.join(' ')}`);
}
