import { z } from 'zod';
import { parseOptions } from '../../core/options.js';

/**
 * Where a stream stands: `offset` places of epoch `epoch` of the global order (those of all ranks together) are done.
 * This is the whole state of an ordered stream. A stream that delivers as soon as something is ready also lists the
 * units beyond `offset` that it delivered already.
 */
export interface Cursor {
  readonly epoch: number;
  readonly offset: number;
  readonly ahead?: readonly { readonly epoch: number; readonly offset: number }[];
}

const place = { epoch: z.int().min(0), offset: z.int().min(0) };
const schema = z.strictObject({ ...place, ahead: z.array(z.strictObject(place)).exactOptional() });

/** `value` as a cursor; UsageError where it is none. */
export function parseCursor(value: unknown): Cursor {
  return parseOptions(schema, value, 'cursor');
}
