import type { FieldError } from '@txtrail/protocol';
import { Ajv } from 'ajv';
import type { ErrorObject, Options } from 'ajv';

/** Checks requests against the protocol's schemas. Bodies are taken as they are; query strings are coerced to numbers. */
export interface Validation {
  readonly body: <T>(schema: object) => SchemaCheck<T>;
  readonly query: <T>(schema: object) => SchemaCheck<T>;
}

/** Tells whether a value fits; where it does not, `errors` holds why until the next call. */
export interface SchemaCheck<T> {
  (value: unknown): value is T;
  errors?: readonly ErrorObject[] | null;
}

/** The same for all: a schema is compiled once a process, however many servers check against it. */
export function createValidation(): Validation {
  shared ??= { body: createCompile({}), query: createCompile({ coerceTypes: true, useDefaults: true }) };
  return shared;
}

let shared: Validation | null = null;

/** More fields or items than any correct request has at one level. */
const wide = 64;

/**
 * Every mistake is told at once, except for a value so wide that a list of its mistakes would cost
 * more than the request itself: for that one the first mistake is told.
 */
function createCompile(options: Options): <T>(schema: object) => SchemaCheck<T> {
  const first = createAjv({ ...options, allErrors: false });
  const all = createAjv({ ...options, allErrors: true });
  const compiled = new WeakMap<object, SchemaCheck<never>>();
  return <T>(schema: object): SchemaCheck<T> => {
    const known = compiled.get(schema);
    if (known !== undefined) return known as unknown as SchemaCheck<T>;
    const fits = first.compile<T>(schema);
    const fitsAll = all.compile<T>(schema);
    const check: SchemaCheck<T> = (value: unknown): value is T => {
      if (fits(value)) return true;
      check.errors = fits.errors ?? null;
      if (!isWide(value)) {
        fitsAll(value);
        check.errors = fitsAll.errors ?? null;
      }
      return false;
    };
    compiled.set(schema, check as unknown as SchemaCheck<never>);
    return check;
  };
}

function isWide(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = Object.values(value);
  return fields.length > wide || fields.some((field) => Array.isArray(field) && field.length > wide);
}

/** What ajv found, in words, one entry a mistake, each with its RFC 6901 path; at most `most` entries. */
export function fieldErrors(found: readonly ErrorObject[] | null | undefined, most: number): readonly FieldError[] {
  const errors = found ?? [];
  const choices = errors.filter((error) => error.keyword === 'oneOf');
  const mistyped = new Set(errors.flatMap((error) => (error.keyword === 'type' ? [error.instancePath] : [])));
  // The branches of a choice say why each of them failed; the choice itself says what is wanted, unless the value
  // is of another kind altogether.
  const told = errors.filter(
    (error) =>
      !choices.some((choice) => error.schemaPath.startsWith(`${choice.schemaPath}/`)) &&
      !(error.keyword === 'oneOf' && error.schemaPath.includes('/allOf/') && mistyped.has(error.instancePath)),
  );
  return told.slice(0, most).map(fieldError);
}

function fieldError(error: ErrorObject): FieldError {
  const params = error.params as { readonly additionalProperty?: string; readonly missingProperty?: string };
  if (error.keyword === 'additionalProperties') {
    return { path: childPath(error.instancePath, params.additionalProperty ?? ''), message: 'is not a known field' };
  }
  if (error.keyword === 'required') {
    return { path: childPath(error.instancePath, params.missingProperty ?? ''), message: 'is required' };
  }
  const described = (error.parentSchema as { readonly description?: string } | undefined)?.description;
  return { path: error.instancePath, message: described === undefined ? `${error.message}` : `must be ${described}` };
}

function childPath(parent: string, name: string): string {
  return `${parent}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

function createAjv(options: Options): Ajv {
  const ajv = new Ajv({ verbose: true, strict: true, strictRequired: false, strictTypes: false, ...options });
  ajv.addFormat('date-time', isDateTime);
  // Says by which schema the value is checked afterwards, for the API description; here it checks nothing.
  ajv.addKeyword('checkedLater');
  ajv.addKeyword({
    keyword: 'wellFormed',
    schemaType: 'boolean',
    validate: (_wanted: boolean, value: unknown) => typeof value !== 'string' || value.isWellFormed(),
  });
  ajv.addKeyword({
    keyword: 'maxSerializedBytes',
    schemaType: 'number',
    validate: (most: number, value: unknown) => serializedBytes(value) <= most,
    error: { message: (context) => `must be JSON of at most ${context.schema} bytes` },
  });
  return ajv;
}

const dateTimePattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

function isDateTime(text: string): boolean {
  return dateTimePattern.test(text) && !Number.isNaN(Date.parse(text));
}

/** UTF-8 bytes as JSON; infinite where the value is nested deeper than JSON text can be made of it. */
function serializedBytes(value: unknown): number {
  try {
    return Buffer.byteLength(JSON.stringify(value));
  } catch (error) {
    if (error instanceof RangeError) return Number.POSITIVE_INFINITY;
    throw error;
  }
}
