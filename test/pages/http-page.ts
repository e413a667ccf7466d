import { errorCodes } from '@txtrail/protocol';
import type { JsonSchema } from '@txtrail/protocol/answers';
import { namedSchemas } from '../../src/api/descriptions/named-schemas.ts';
import { allOperations } from '../../src/api/operations/all-operations.ts';
import { problemsOf } from '../../src/api/operations/operation.ts';
import type { Access, Operation, OperationAnswer } from '../../src/api/operations/operation.ts';
import { httpExamples } from './http-example.ts';
import { code, memberRows, table, typeOf, wordsOf } from './markdown.ts';

/** `docs/reference/http-api.md`, made of the operations that the routes are made of. */
export function httpPage(): string {
  const lines = [
    '# HTTP',
    '',
    'This page is made of the table that the routes are made of. `npx vitest run test/pages -u` writes it anew; without `-u` the test fails where it differs. The same for programs is at `/openapi.json` (OpenAPI 3.1), and what is said on sockets and streams at `/asyncapi.json`; see [websocket.md](websocket.md).',
    '',
    'Bodies are JSON in UTF-8. A call takes `Authorization: Bearer KEY`; where it says so, a token of `POST /v1/tokens` instead, which sees its subscriber only. A 2xx on a write means that it is durable. Writes take `Idempotency-Key`: the same key and request get the same answer for a day, the same key with another request 409. `traceparent` is gone on with. Lists answer `nextCursor`, which is null at the end. Unknown members and parameters are 422. Answers may gain members, and lists of values grow: go on past what you do not know.',
    '',
    ...table(
      ['call', 'what it does'],
      allOperations.map((operation) => [`[${code(nameOf(operation))}](#${anchorOf(operation)})`, operation.summary]),
    ),
    '',
    '## Errors',
    '',
    'Every answer of 400 and above is `application/problem+json` (RFC 9457). [errors.md](errors.md) explains the codes. Another method on one of these paths is 405 with `Allow`. Beside what stands at each call, every call may answer:',
    '',
    ...errorRows(['bad_request', 'internal', 'overloaded', 'shutting_down']),
    '',
    ...allOperations.flatMap(section),
    '## Objects',
    '',
    ...Object.entries(namedSchemas).flatMap(([name, schema]) => objectSection(name, schema)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

const accessWords: Readonly<Record<Access, string>> = {
  public: 'No key is needed.',
  tenant: "Needs the tenant's key.",
  subscriber: "Takes the tenant's key or a subscriber's token.",
};

const general: ReadonlySet<string> = new Set(['bad_request', 'internal', 'overloaded', 'shutting_down']);

function section(operation: Operation): readonly string[] {
  const { access, body, description, isWrite, summary, takesTokenInUrl } = operation;
  const example = httpExamples[operation.id];
  const said = [
    `${summary}.`,
    description,
    accessWords[access],
    takesTokenInUrl === true ? 'A token may stand in the URL as `?token=`.' : undefined,
    isWrite ? 'Takes `Idempotency-Key`.' : undefined,
  ];
  const parameters = parameterRows(operation);
  return [
    `### ${nameOf(operation)}`,
    '',
    said.filter((part) => part !== undefined).join(' '),
    '',
    ...(parameters.length === 0 ? [] : [...table(['parameter', 'in', 'type', 'meaning'], parameters), '']),
    ...(body === undefined ? [] : [`Body: ${linkTo(body)}.`, '']),
    ...table(['answer', 'when', 'body'], operation.answers.map(answerRow)),
    '',
    ...errorRows(problemsOf(operation).filter((name) => !general.has(name))),
    '',
    ...(example === undefined ? [] : ['```sh', example, '```', '']),
  ];
}

function parameterRows({ pathParameters = {}, query, headers = {} }: Operation): readonly (readonly string[])[] {
  const places: readonly (readonly [string, Readonly<Record<string, JsonSchema>>])[] = [
    ['path', pathParameters],
    ['query', query?.properties ?? {}],
    ['header', headers],
  ];
  return places.flatMap(([place, members]) =>
    Object.entries(members).map(([name, schema]) => [code(name), place, typeOf(schema), wordsOf(schema)]),
  );
}

function answerRow({ status, when, schema, contentType }: OperationAnswer): readonly string[] {
  const body = schema === undefined ? 'none' : linkTo(schema);
  return [String(status), when, contentType === undefined ? body : `${code(contentType)}: ${body}`];
}

function errorRows(codes: readonly (keyof typeof errorCodes)[]): readonly string[] {
  const byStatus = codes.toSorted((one, other) => errorCodes[one].status - errorCodes[other].status);
  const rows = byStatus.map((name) => [String(errorCodes[name].status), code(name), errorCodes[name].title]);
  return rows.length === 0 ? [] : table(['error', 'code', 'when'], rows);
}

function objectSection(name: string, schema: JsonSchema): readonly string[] {
  const description = schema['description'] === 'an object' ? undefined : schema['description'];
  const base = baseOf(schema);
  const inherited = base === undefined ? {} : propertiesOf(base[1]);
  const members = Object.entries(propertiesOf(schema)).filter(([member]) => !(member in inherited));
  const own = { ...schema, properties: Object.fromEntries(members) };
  const words = [schema['title'], description].filter((part) => part !== undefined).map(String);
  return [
    `### ${name}`,
    '',
    ...(words.length === 0 ? [] : [`${words.join('. ')}.`.replace(/\.\.$/, '.'), '']),
    ...(base === undefined ? [] : [`All of [${base[0]}](#${base[0].toLowerCase()}), and:`, '']),
    ...table(['member', 'type', name.endsWith('Request') ? 'required' : 'always', 'meaning'], memberRows(own, links)),
    '',
  ];
}

/** The named object that all members of the schema but some are the very members of. */
function baseOf(schema: JsonSchema): readonly [name: string, schema: JsonSchema] | undefined {
  const members = propertiesOf(schema);
  return Object.entries(namedSchemas).find(([, other]) => {
    const inherited = Object.entries(propertiesOf(other));
    const isLess = inherited.length > 3 && inherited.length < Object.keys(members).length;
    return isLess && inherited.every(([name, member]) => members[name] === member);
  });
}

function propertiesOf(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return (schema['properties'] ?? {}) as Readonly<Record<string, JsonSchema>>;
}

const links: ReadonlyMap<unknown, string> = new Map(
  Object.entries(namedSchemas).map(([name, schema]) => [schema, `[${name}](#${name.toLowerCase()})`]),
);

function linkTo(schema: JsonSchema): string {
  return links.get(schema) ?? String(schema['title']);
}

function nameOf({ method, path }: Operation): string {
  return `${method} ${path}`;
}

/** As GitHub names a heading: letters, digits and hyphens are left, spaces become hyphens. */
function anchorOf(operation: Operation): string {
  return nameOf(operation)
    .toLowerCase()
    .replaceAll(/[^a-z0-9 _-]/g, '')
    .replaceAll(' ', '-');
}
