import { importsOf } from './import-direction.ts';
import { lineOf, readSource } from './source-text.ts';
import type { Violation } from './violation.ts';

/** What reads the clock, randomness, timers, the environment or the network without a port. */
const impure: readonly { readonly pattern: RegExp; readonly instead: string }[] = [
  { pattern: /\bDate\.now\b|\bnew Date\(\s*\)|(?<![\w.])Date\(\s*\)/g, instead: 'the Clock port' },
  { pattern: /(?<![\w.])performance\.\w+/g, instead: 'the Clock port' },
  { pattern: /\bMath\.random\b|\brandomBytes\b|\brandomUUID\b|\bgetRandomValues\b/g, instead: 'the Random port' },
  { pattern: /(?<![\w.])set(?:Timeout|Interval|Immediate)\b/g, instead: 'the Scheduler port' },
  { pattern: /\bAbortSignal\.timeout\b/g, instead: 'the Scheduler port' },
  { pattern: /(?<![\w.])process\.\w+/g, instead: 'config/ or the composition root' },
  { pattern: /(?<![\w.])fetch\(/g, instead: 'the Network port' },
  { pattern: /\bnew (?:WebSocket|EventSource)\(/g, instead: 'the Network port' },
  { pattern: /(?<![\w.])console\.\w+/g, instead: 'the Logger port' },
];

const impureModules =
  /^node:(?:fs|net|http|https|http2|tls|dns|dgram|os|child_process|worker_threads|cluster|timers|perf_hooks|process|readline|tty)(?:\/|$)/;

/** Packages that reach the network by themselves. */
const impurePackages = /^(?:undici|pg|@platformatic\/kafka|@redis\/client)(?:\/|$)/;

/** Folders whose very task is to touch the world: the machine's side of the ports, and the command around the process. */
const worldly = [/^src\/adapters\/node\//, /^src\/cli\//];

/**
 * Single files outside them that may use some of it, each with its reason. An entry that is no
 * longer needed is itself a violation.
 */
export const purityExceptions: Readonly<Record<string, { readonly allows: RegExp; readonly reason: string }>> = {
  'src/adapters/postgres/with-client.ts': {
    allows: /^pg$/,
    reason: 'PostgreSQL’s own protocol: tried on a real server, and exchanged whole (its ports) where there is none',
  },
  'src/adapters/postgres/postgres-connections.ts': {
    allows: /^pg$/,
    reason: 'as above',
  },
  'src/adapters/redis/redis-link.ts': {
    allows: /^@redis\/client$/,
    reason: 'the one file that speaks to nodes, by the driver, which opens its own connections',
  },
  'src/adapters/kafka/broker-link.ts': {
    allows: /^@platformatic\/kafka$/,
    reason: 'speaks to brokers by the driver, which opens its own connections',
  },
  'src/adapters/kafka/group-link.ts': {
    allows: /^@platformatic\/kafka$/,
    reason: 'requests of the driver that go over such a connection',
  },
  'src/api/raw-answer.ts': { allows: /^node:http$/, reason: 'the table of status texts' },
  'src/api/websocket/frame-writer.ts': {
    allows: /^node:process$/,
    reason: 'the next tick of the event loop, which orders writes and measures no time',
  },
};

/** Everything one file below `src/` uses that belongs behind a port. */
export function impurities(path: string, text: string): readonly Violation[] {
  if (worldly.some((folder) => folder.test(path))) return [];
  const exception = purityExceptions[path];
  return usesOf(text)
    .filter((use) => exception?.allows.test(use.what) !== true)
    .map((use) => ({ path, line: use.line, message: `uses ${use.what}; use ${use.instead} instead` }));
}

/** Exceptions that nothing needs: the file is gone or no longer uses what was allowed. */
export function staleExceptions(sources: ReadonlyMap<string, string>): readonly string[] {
  return Object.entries(purityExceptions)
    .filter(([path, exception]) => !usesOf(sources.get(path) ?? '').some((use) => exception.allows.test(use.what)))
    .map(([path]) => path);
}

function usesOf(text: string): readonly { readonly what: string; readonly line: number; readonly instead: string }[] {
  const { code } = readSource(text);
  const uses = impure.flatMap(({ pattern, instead }) =>
    [...code.matchAll(pattern)].map((match) => ({ what: match[0], line: lineOf(code, match.index), instead })),
  );
  const modules = importsOf(text)
    .filter((one) => !one.typeOnly && (impureModules.test(one.specifier) || impurePackages.test(one.specifier)))
    .map((one) => ({ what: one.specifier, line: one.line, instead: 'a port' }));
  return [...uses, ...modules];
}
