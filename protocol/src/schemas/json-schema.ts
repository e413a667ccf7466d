/** A JSON Schema (2020-12), as data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** One schema for each member of a wire type, so that neither can gain or lose a member alone. */
export type PropertiesOf<T> = { readonly [Name in keyof Required<T>]: JsonSchema };
