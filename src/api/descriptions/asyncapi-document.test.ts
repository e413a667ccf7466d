import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DiagnosticSeverity, Parser } from '@asyncapi/parser';
import { closeCodeMeanings } from '@txtrail/protocol';
import { saidEvents } from '@txtrail/protocol/answers';
import { expect, test } from 'vitest';
import { DocumentSchemas } from '../../../test/harness/document-schemas.ts';
import { createAsyncApiDocument } from './asyncapi-document.ts';

const document = createAsyncApiDocument() as {
  readonly components: { readonly messages: Readonly<Record<string, { readonly examples?: readonly Example[] }>> };
};
interface Example {
  readonly payload: unknown;
}

test('the document is a valid AsyncAPI 3', async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  // The parser advises the newest minor version; more tools read 3.0.
  const found = diagnostics.filter(({ severity }) => severity <= DiagnosticSeverity.Warning);
  expect(found.map(({ path, message }) => `${path.join('.')}: ${message}`)).toEqual([]);
  expect(parsed?.version()).toBe('3.0.0');
  expect(parsed?.operations().all().length).toBeGreaterThan(5);
});

test('every example in it fits the schema that it stands beside', () => {
  const schemas = new DocumentSchemas(document);
  const inSchemas = schemas.examples().filter(({ pointer }) => !/\/messages\/\w+$/.test(pointer));
  const ofMessages = Object.entries(document.components.messages).flatMap(([name, { examples = [] }]) =>
    examples.map(({ payload }) => ({ pointer: `/components/messages/${name}/payload`, example: payload })),
  );
  expect([inSchemas.length > 20, ofMessages.length > 5]).toEqual([true, true]);
  const wrong = [...inSchemas, ...ofMessages].flatMap(({ pointer, example }) =>
    schemas.problems(pointer, example).map((problem) => `${pointer}: ${problem}`),
  );
  expect(wrong).toEqual([]);
});

/** What a pattern's first group matches in the sources below a folder of `src`, tests left out. */
function namesIn(folder: string, pattern: RegExp): readonly string[] {
  const path = fileURLToPath(new URL(`../../${folder}`, import.meta.url));
  const sources = readdirSync(path, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  const names = sources.flatMap((file) => [...readFileSync(join(path, file), 'utf8').matchAll(pattern)]);
  return [...new Set(names.map((match) => match[1] ?? ''))].sort();
}

test('it describes exactly the event types that the core says', () => {
  const said = namesIn('core', /'((?:transaction|sender|chain|delivery)\.\w+)'/g);
  expect(said).toEqual(Object.keys(saidEvents).sort());
});

test('it explains exactly the close codes that the server closes with', () => {
  expect(namesIn('api/websocket', /closeCodes\.(\w+)/g)).toEqual(Object.keys(closeCodeMeanings).sort());
});
