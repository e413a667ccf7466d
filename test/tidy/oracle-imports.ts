import { posix } from 'node:path';
import { importsOf } from './import-direction.ts';
import type { Violation } from './violation.ts';

const oracleFolder = 'test/simulation/oracle/';
/** What the oracle stands on besides its own files: they are held to the same rule. */
const judges: readonly string[] = ['test/harness/event-checker.ts', 'test/harness/story-checker.ts'];

/**
 * A judge that shares code with the judged shares its mistakes. So the oracle of the simulation knows
 * the wire contract's types and nothing else of the project.
 */
export function oracleImportViolations(path: string, text: string): readonly Violation[] {
  if (!path.startsWith(oracleFolder) && !judges.includes(path)) return [];
  return importsOf(text)
    .filter(({ specifier }) => !isAllowed(path, specifier))
    .map(({ specifier, line }) => ({
      path,
      line,
      message: `the oracle imports ${specifier}: it may know @txtrail/protocol, its own files and ${judges.join(' and ')}`,
    }));
}

function isAllowed(path: string, specifier: string): boolean {
  if (specifier === '@txtrail/protocol') return true;
  if (specifier === 'vitest') return path.endsWith('.test.ts');
  if (!specifier.startsWith('.')) return false;
  const target = posix.join(posix.dirname(path), specifier);
  return judges.includes(target) || (target.startsWith(oracleFolder) && path.startsWith(oracleFolder));
}
