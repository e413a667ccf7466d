import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv';

type Json = Readonly<Record<string, unknown>>;

/** The schemas of an API description, as somebody who has only the document would check with them. */
export class DocumentSchemas {
  readonly #document: Json;
  readonly #ajv: Ajv2020;
  readonly #checks = new Map<string, ValidateFunction>();

  /** `closed`: objects may have no members but those that are described, so that an undescribed one is found. */
  constructor(document: object, options: { readonly closed?: boolean } = {}) {
    const copy = structuredClone(document) as Json;
    this.#document = options.closed === true ? (closed(copy) as Json) : copy;
    this.#ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: true });
    this.#ajv.addFormat(
      'date-time',
      (text: string) => /^\d{4}-.*T.*(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(Date.parse(text)),
    );
    this.#ajv.addFormat('uri', (text: string) => URL.canParse(text));
    this.#ajv.addSchema({ ...this.#document, $id: 'document' });
  }

  /** What is wrong with a value under the schema at a JSON pointer of the document; empty: nothing. */
  problems(pointer: string, value: unknown): readonly string[] {
    const check = this.#checks.get(pointer) ?? this.#ajv.compile({ $ref: `document#${pointer}` });
    this.#checks.set(pointer, check);
    return check(value) ? [] : (check.errors ?? []).map(told);
  }

  /** Every example that stands beside a schema, with the pointer of that schema. */
  examples(): readonly { readonly pointer: string; readonly example: unknown }[] {
    return [...walk(this.#document, '')].flatMap(({ pointer, node }) =>
      Array.isArray(node['examples']) ? node['examples'].map((example: unknown) => ({ pointer, example })) : [],
    );
  }
}

function told(error: ErrorObject): string {
  return `${error.instancePath} ${error.message} ${JSON.stringify(error.params)}`;
}

/** Every object of a document with its pointer; examples are data, and not gone into. */
function* walk(node: unknown, pointer: string): Generator<{ readonly pointer: string; readonly node: Json }> {
  if (typeof node !== 'object' || node === null) return;
  if (!Array.isArray(node)) yield { pointer, node: node as Json };
  for (const [name, child] of Object.entries(node)) {
    if (name !== 'examples') yield* walk(child, `${pointer}/${escaped(name)}`);
  }
}

/** As a part of a URI fragment that is a JSON pointer. */
function escaped(name: string): string {
  return encodeURIComponent(name.replaceAll('~', '~0').replaceAll('/', '~1'));
}

function closed(node: unknown): unknown {
  if (typeof node !== 'object' || node === null) return node;
  if (Array.isArray(node)) return node.map(closed);
  const copy = Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, name === 'examples' ? child : closed(child)]),
  );
  const isObjectSchema = typeof copy['properties'] === 'object' && [copy['type']].flat().includes('object');
  return isObjectSchema && copy['additionalProperties'] === undefined ? { ...copy, additionalProperties: false } : copy;
}
