import { dirname, posix } from 'node:path';
import { lineOf, readSource } from './source-text.ts';
import type { Violation } from './violation.ts';

export interface Import {
  readonly specifier: string;
  readonly line: number;
  readonly typeOnly: boolean;
}

type Folder = string;

const stages: readonly Folder[] = ['ingest', 'watch', 'status', 'notify', 'recover'];

/**
 * What a folder of `src` may import from others; its own files always. `protocol` is the wire
 * contract package. A folder that is not listed here is a violation, so that each new one is placed.
 */
const allowed: Readonly<Record<Folder, readonly Folder[] | 'any'>> = {
  lib: [],
  core: ['protocol', 'lib'],
  ports: ['protocol', 'core', 'lib'],
  config: ['protocol', 'lib', 'core'],
  observability: ['ports', 'lib'],
  api: ['ports', 'protocol', 'lib'],
  adapters: ['ports', 'protocol', 'core', 'lib'],
  /** The chain that a script drives, served as JSON-RPC to the sandbox and the tests: it writes what `adapters/evm` reads. */
  'scripted-chain': ['ports', 'protocol', 'core', 'lib', 'adapters'],
  /** The demo of the sandbox: a wallet and a client like any other, which meet the tracker over HTTP alone. */
  sandbox: ['ports', 'protocol', 'core', 'lib', 'scripted-chain', 'adapters', 'client'],
  runtime: 'any',
  cli: ['runtime', 'config', 'lib', 'ports', 'protocol', 'client'],
  ...Object.fromEntries(stages.map((stage) => [stage, ['core', 'ports', 'protocol', 'lib']])),
};

/** Where packages from outside may be named: drivers belong to the folder that wraps them. */
const packagesAllowed: Readonly<Record<Folder, readonly string[]>> = {
  core: ['@noble/hashes'],
  lib: ['@noble/hashes'],
  ingest: ['@noble/hashes', '@noble/curves'],
  watch: ['@noble/hashes'],
  api: ['@fastify/cors', '@fastify/static', 'ajv', 'fastify', 'ws'],
  config: ['yaml'],
  observability: ['pino', 'prom-client'],
  adapters: [
    '@noble/hashes',
    '@noble/curves',
    '@platformatic/kafka',
    '@redis/client',
    'undici',
    'ws',
    'pg',
    'pino',
    'prom-client',
    'fastify',
  ],
  'scripted-chain': ['@noble/hashes', '@noble/curves', 'ws'],
  sandbox: ['@noble/curves', '@noble/hashes'],
  runtime: [],
  cli: [],
};

/** The file's imports and re-exports, static and dynamic. */
export function importsOf(text: string): readonly Import[] {
  const { withStrings } = readSource(text);
  const pattern = /\b(?:(import|export)\b(\s+type\b)?[^;'"`]*?\bfrom\s*|import\s*\(\s*|import\s+)(['"`])([^'"`\n]+)\3/g;
  return [...withStrings.matchAll(pattern)].map((match) => ({
    specifier: match[4] ?? '',
    line: lineOf(withStrings, match.index + match[0].length),
    typeOnly: match[2] !== undefined,
  }));
}

/** Checks one file below `src/`; `path` is relative to the repository's root. */
export function importViolations(path: string, text: string): readonly Violation[] {
  const folder = folderOf(path);
  if (folder === null) return [];
  const rule = allowed[folder];
  if (rule === undefined) {
    return [
      { path, line: 1, message: `src/${folder} has no rule in test/tidy/import-direction.ts: say what it may import` },
    ];
  }
  return importsOf(text).flatMap((one) => {
    const problem = problemOf(path, folder, rule, one);
    return problem === null ? [] : [{ path, line: one.line, message: problem }];
  });
}

function problemOf(path: string, folder: Folder, rule: readonly Folder[] | 'any', one: Import): string | null {
  if (one.specifier.startsWith('node:')) return null;
  if (!one.specifier.startsWith('.') && !one.specifier.startsWith('@txtrail/')) {
    const packages = packagesAllowed[folder] ?? [];
    const known = packages.some((name) => one.specifier === name || one.specifier.startsWith(`${name}/`));
    return known ? null : `src/${folder} may not import the package ${one.specifier}`;
  }
  const target = targetFolder(path, one.specifier);
  if (target === null) return `imports ${one.specifier}, which is outside src/: the product may not depend on it`;
  if (target === folder) return adapterProblem(path, one);
  if (rule === 'any' ? target !== 'cli' : rule.includes(target)) return null;
  // A part's options may be a piece of the configuration: its shape, never the reading of it.
  if (target === 'config' && one.typeOnly && stages.includes(folder)) return null;
  if (stages.includes(folder) && stages.includes(target)) {
    return `src/${folder} imports src/${target}: stages meet only in log records, never each other`;
  }
  const may = rule === 'any' ? 'anything but cli' : rule.join(', ') || 'nothing';
  return `src/${folder} may not import src/${target} (${one.specifier}); it may import ${may} and its own files`;
}

/** An adapter knows its own folder only; what several share lies directly in `adapters/json-rpc` or in `lib`. */
function adapterProblem(path: string, one: Import): string | null {
  const technology = /^src\/adapters\/([^/]+)\//.exec(path)?.[1];
  if (technology === undefined) return null;
  const target = /^src\/adapters\/([^/]+)\//.exec(resolveFrom(path, one.specifier))?.[1];
  if (target === undefined || target === technology || target === 'json-rpc') return null;
  return `the adapter ${technology} imports the adapter ${target}: adapters do not know each other`;
}

function targetFolder(path: string, specifier: string): Folder | null {
  if (specifier.startsWith('@txtrail/')) return specifier.slice('@txtrail/'.length).split('/')[0] ?? null;
  return folderOf(resolveFrom(path, specifier));
}

function resolveFrom(path: string, specifier: string): string {
  return posix.normalize(posix.join(dirname(path), specifier));
}

function folderOf(path: string): Folder | null {
  return /^src\/([^/]+)\//.exec(path)?.[1] ?? null;
}
