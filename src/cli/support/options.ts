import type { OptionValues } from 'commander';
import type { z } from 'zod';
import { UsageError } from '../../core/errors.js';
import { reasonOf } from '../../core/options.js';

/**
 * Checks a verb's options against a zod schema whose keys are commander's (camelCase). Numbers arrive as text: use
 * `z.coerce.number()`. Throws a `UsageError` that names the flag.
 */
export function parseOptions<Schema extends z.ZodType>(
  schema: Schema,
  options: OptionValues,
): z.output<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? '');
  const flag = `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  throw new UsageError(
    `Option ${flag} cannot be ${JSON.stringify(options[key])}: ${issue === undefined ? 'it is not valid' : reasonOf(issue)}.`,
  );
}
