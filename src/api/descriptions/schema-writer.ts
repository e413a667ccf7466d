import type { JsonSchema } from '@txtrail/protocol/answers';

export interface SchemaWriterOptions {
  /** The schemas that stand once in the document, by name; everywhere else they are referred to. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /**
   * What a value that is checked by a second schema may be otherwise: `anything`, where a mistaken
   * one is answered in its place and spoils nothing, or `nothing`.
   */
  readonly otherwise: 'anything' | 'nothing';
}

export interface SchemaWriter {
  /** The schema as it stands in a document. */
  write(schema: JsonSchema): JsonSchema;
  /** `components.schemas`. */
  components(): Readonly<Record<string, JsonSchema>>;
}

/** Keywords whose value is data, not schemas. */
const dataKeywords: ReadonlySet<string> = new Set(['examples', 'enum', 'const', 'default', 'required', 'type']);
/** Keywords whose value is schemas by name. */
const mapKeywords: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs']);

/**
 * Turns the schemas that requests are checked with into those of a document: a named one becomes a
 * reference, and keywords of this project become what every reader of JSON Schema understands.
 */
export function createSchemaWriter(options: SchemaWriterOptions): SchemaWriter {
  const names = new Map(Object.entries(options.named).map(([name, schema]) => [schema, name]));

  function write(schema: JsonSchema): JsonSchema {
    const name = names.get(schema);
    return name === undefined ? writeInline(schema) : { $ref: `#/components/schemas/${name}` };
  }

  function writeInline(schema: JsonSchema): JsonSchema {
    // Text that is not well-formed cannot be written in UTF-8: a document need not forbid it.
    const { checkedLater, maxSerializedBytes, wellFormed: _wellFormed, ...rest } = schema;
    const written = Object.fromEntries(
      Object.entries(rest).map(([keyword, value]) => [keyword, writeValue(keyword, value)]),
    );
    if (maxSerializedBytes !== undefined) written['x-max-serialized-bytes'] = maxSerializedBytes;
    if (checkedLater === undefined) return written;
    const wanted = write(checkedLater as JsonSchema);
    return options.otherwise === 'nothing' ? wanted : { ...written, anyOf: [wanted, {}] };
  }

  function writeValue(keyword: string, value: unknown): unknown {
    if (dataKeywords.has(keyword) || typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((entry) => write(entry as JsonSchema));
    if (!mapKeywords.has(keyword)) return write(value as JsonSchema);
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, write(entry as JsonSchema)]));
  }

  return {
    write,
    components: () =>
      Object.fromEntries(Object.entries(options.named).map(([name, schema]) => [name, writeInline(schema)])),
  };
}
