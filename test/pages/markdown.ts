import type { JsonSchema } from '@txtrail/protocol/answers';

/** A table; cells are Markdown of one line. */
export function table(heads: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)];
}

export function code(text: string): string {
  return `\`${text}\``;
}

/** The members of an object, those of objects within it by their path; `linked` ones are explained elsewhere. */
export function memberRows(
  schema: JsonSchema,
  linked: ReadonlyMap<unknown, string>,
  prefix = '',
): readonly (readonly string[])[] {
  const properties = (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  return Object.entries(properties).flatMap(([name, member]) => {
    const path = `${prefix}${name}`;
    const link =
      linked.get(member) ??
      linked.get(member['items']) ??
      linked.get(checkedLater(member)) ??
      linked.get(checkedLater(member['items']));
    const row = [code(path), typeOf(member), required.has(name) ? 'yes' : '', link ?? wordsOf(member)];
    if (link !== undefined) return [row];
    const inner = member['properties'] === undefined ? (member['items'] as JsonSchema | undefined) : member;
    if (inner === undefined || inner['properties'] === undefined) return [row];
    const within = inner === member ? `${path}.` : `${path}[].`;
    return [row, ...memberRows(inner, linked, within)];
  });
}

function checkedLater(schema: unknown): unknown {
  return (schema as JsonSchema | undefined)?.['checkedLater'];
}

/** Its title and form, in one line. */
export function wordsOf(schema: JsonSchema): string {
  const { title, description, enum: values, default: fallback } = schema;
  const parts = [title, description]
    .filter((part) => part !== undefined)
    .map((part) => String(part).replace(/\.$/, ''));
  if (Array.isArray(values) && values.length <= 12) parts.push(values.map((value) => code(String(value))).join(', '));
  if (fallback !== undefined) parts.push(`default ${code(String(fallback))}`);
  return parts.join('; ');
}

export function typeOf(schema: JsonSchema): string {
  const { type, const: constant, enum: values, oneOf, items } = schema;
  if (constant !== undefined) return code(JSON.stringify(constant));
  if (Array.isArray(oneOf)) return oneOf.map((one) => typeOf(one as JsonSchema)).join(' or ');
  if (type === 'array') return items === undefined ? 'array' : `array of ${typeOf(items as JsonSchema)}`;
  if (type === undefined && Array.isArray(values)) return values.includes(null) ? 'string or null' : 'string';
  return type === undefined ? 'any' : [type].flat().join(' or ');
}
