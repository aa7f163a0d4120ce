/** Markdown tables of options from JSON schemas. */

/** One table for an object schema; for a choice between objects one table each. */
export function optionsTables(schema) {
  const choices = schema.anyOf ?? [schema];
  return choices.map(table).join('\nor\n\n');
}

function table({ properties = {}, required = [] }) {
  const rows = Object.entries(properties).map(([key, value]) => {
    const fallback =
      value.default !== undefined ? code(value.default) : required.includes(key) ? 'required' : '';
    return `| \`${key}\` | ${typeOf(value)} | ${fallback} | ${meaning(value)} |`;
  });
  return ['| Option | Type | Default | Meaning |', '|---|---|---|---|', ...rows, ''].join('\n');
}

function meaning(value) {
  return (
    value.description ??
    value.anyOf?.find((choice) => choice.description)?.description ??
    ''
  ).replaceAll('|', '\\|');
}

/** A schema in words. */
function typeOf(schema) {
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return schema.enum.map(code).join(', ');
  if (schema.anyOf !== undefined) return unique(schema.anyOf.map(typeOf)).join(' or ');
  if (schema.prefixItems !== undefined) return `[${schema.prefixItems.map(typeOf).join(', ')}]`;
  if (schema.type === 'array') return `list of ${typeOf(schema.items)}`;
  if (schema.type === 'object') return `{ ${Object.keys(schema.properties ?? {}).join(', ')} }`;
  if (schema.type === 'integer') return `whole number${bounds(schema)}`;
  if (schema.type === 'number') return `number${bounds(schema)}`;
  return schema.type === 'boolean' ? 'true, false' : String(schema.type ?? 'any');
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }) {
  const far = (value) => value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER;
  const low = far(minimum) ? exclusiveMinimum : minimum;
  const high = far(maximum) ? exclusiveMaximum : maximum;
  if (far(low)) return far(high) ? '' : ` to ${high}`;
  return far(high) ? ` from ${low}` : ` ${low} to ${high}`;
}

function code(value) {
  return `\`${JSON.stringify(value)}\``.replaceAll('"', "'");
}

function unique(values) {
  return [...new Set(values)];
}
