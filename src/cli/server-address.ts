import type { CommandLine } from './read-command-line.ts';
import { plainText } from './plain-text.ts';
import type { Terminal } from './terminal.ts';

/** Where a command asks, and with which key. */
export interface ServerAddress {
  readonly url: string;
  readonly key: string;
  /** For people: where the key comes from. */
  readonly keySource: string;
}

export type FoundServer =
  | { readonly kind: 'server'; readonly server: ServerAddress }
  | { readonly kind: 'refused'; readonly line: string };

const defaultUrl = 'http://127.0.0.1:8080';
/** What the sandbox writes, in its usual data directory. */
const sandboxKeyFile = 'txtrail-data/sandbox-key';

/**
 * The server by flag, variable or default; its key by file, variable, or the sandbox's own where the
 * server is on this machine: that key is for no other.
 */
export function findServer(line: CommandLine, terminal: Terminal): FoundServer {
  const { environment } = terminal;
  const url = line.value<string>('url') ?? nonEmpty(environment['TXTRAIL_URL']) ?? defaultUrl;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    return refused('TXTRAIL_URL: expected a http or https URL');
  }
  const keyFile = line.value<string>('key-file');
  if (keyFile !== undefined) return fromFile(url, keyFile, '--key-file', terminal);
  const key = nonEmpty(environment['TXTRAIL_API_KEY']);
  if (key !== undefined) return keyed(url, key, 'TXTRAIL_API_KEY');
  const namedFile = nonEmpty(environment['TXTRAIL_KEY_FILE']);
  if (namedFile !== undefined) return fromFile(url, namedFile, 'TXTRAIL_KEY_FILE', terminal);
  const sandboxKey = isLoopback(new URL(url).hostname) ? readable(sandboxKeyFile, terminal) : null;
  if (sandboxKey !== null) return keyed(url, sandboxKey, sandboxKeyFile);
  return refused(
    `txtrail: no key for ${shownUrl(url)}; set TXTRAIL_API_KEY or name its file with --key-file (the sandbox writes ${sandboxKeyFile}, txtrail start prints a key once)`,
  );
}

/** The address without what may be secret in it. */
export function shownUrl(url: string): string {
  const { origin, pathname } = new URL(url);
  return plainText(pathname === '/' ? origin : origin + pathname);
}

function fromFile(url: string, file: string, source: string, terminal: Terminal): FoundServer {
  const key = readable(file, terminal);
  if (key === null) return refused(`${source}: expected a file that can be read, found "${plainText(file)}"`);
  return keyed(url, key, plainText(file));
}

function keyed(url: string, given: string, keySource: string): FoundServer {
  const key = given.trim();
  // What cannot stand in a header would fail later, and less clearly.
  if (/^[\x21-\x7e]{1,512}$/.test(key)) return { kind: 'server', server: { url, key, keySource } };
  return refused(`${keySource}: expected a key, in one line of printable characters without spaces`);
}

function refused(line: string): FoundServer {
  return { kind: 'refused', line };
}

function readable(file: string, terminal: Terminal): string | null {
  try {
    return terminal.readFile(file);
  } catch {
    // Not there, or not ours to read: both mean that it gives no key.
    return null;
  }
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}
