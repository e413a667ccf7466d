import type { ClientDeps, WebSocketConstructor } from './deps.ts';
import { OptionsError } from './errors.ts';

/** How events come; `auto` takes the first that works, the best first, and tries a better one again later. */
export type TransportName = 'websocket' | 'sse' | 'poll';

export interface ClientOptions {
  /** Where the server is, such as `https://txtrail.example.org`; a path in front of `/v1` is kept. */
  readonly url: string;
  /** The tenant's key. Leave it on your server; browsers get a `token`. */
  readonly key?: string | undefined;
  /**
   * A subscriber's token instead of a key, or how to get one: the function is called at first use,
   * and again when the server no longer takes the last one.
   */
  readonly token?: string | (() => string | Promise<string>) | undefined;
  /** `auto` where left out. */
  readonly transport?: 'auto' | TransportName | undefined;
  /** Instead of the global one, or where there is none, such as that of the package `ws` in Node 20. */
  readonly WebSocket?: WebSocketConstructor | undefined;
  /** Instead of the global one. */
  readonly fetch?: typeof globalThis.fetch | undefined;
  /** How often a call is tried again after no answer, 429, 502, 503 or 504; 4 where left out. */
  readonly retries?: number | undefined;
  /** Milliseconds for one try of a call; 30,000 where left out. */
  readonly requestTimeoutMs?: number | undefined;
}

/** Limits of the connections that events come over. Times in milliseconds. */
export interface ConnectionLimits {
  /** From the first byte sent to the first word of the server. */
  readonly answerTimeoutMs: number;
  /** Silence of a socket after which it is asked for a sign of life. */
  readonly pingIntervalMs: number;
  /** How long that sign may take. */
  readonly pongTimeoutMs: number;
  /** Silence of an event stream, comments counted, after which it is given up. */
  readonly streamSilenceMs: number;
  /** Seconds that one long poll may wait at the server. */
  readonly pollWaitSeconds: number;
  /** Events read ahead where nothing has to be acknowledged. */
  readonly readAhead: number;
  /** Acknowledgements within this time are sent as one. */
  readonly acknowledgeDelayMs: number;
  /** How long the end of a subscription waits for its last acknowledgement. */
  readonly closeTimeoutMs: number;
  /** Subscriptions on one socket; more open another. */
  readonly subscriptionsPerSocket: number;
  /** How long a lesser transport is used before a better one is tried again; doubles up to sixteen times this. */
  readonly upgradeAfterMs: number;
}

export const defaultConnectionLimits: ConnectionLimits = {
  answerTimeoutMs: 10_000,
  pingIntervalMs: 25_000,
  pongTimeoutMs: 10_000,
  streamSilenceMs: 45_000,
  pollWaitSeconds: 25,
  readAhead: 256,
  acknowledgeDelayMs: 50,
  closeTimeoutMs: 5_000,
  subscriptionsPerSocket: 500,
  upgradeAfterMs: 60_000,
};

/** The options after the check, with the surroundings they name put in place. */
export interface CheckedOptions {
  /** Without a slash at its end. */
  readonly url: string;
  readonly secret: string | (() => string | Promise<string>);
  readonly transports: readonly TransportName[];
  readonly retries: number;
  readonly requestTimeoutMs: number;
}

/** @throws OptionsError that names the option and what it must be */
export function checkOptions(options: ClientOptions, deps: ClientDeps): CheckedOptions {
  const { retries = 4, requestTimeoutMs = 30_000 } = options;
  for (const [name, value] of Object.entries({ retries, requestTimeoutMs })) {
    if (!(value >= 0)) throw new OptionsError(`${name} must be a number from 0, not ${String(value)}.`);
  }
  return {
    url: checkUrl(options.url),
    secret: checkSecret(options),
    transports: transportsOf(options.transport ?? 'auto', deps),
    retries,
    requestTimeoutMs,
  };
}

function checkUrl(given: string): string {
  const url = typeof given === 'string' && URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new OptionsError(`url must be the server's http or https address, not ${JSON.stringify(given)}.`);
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}

function checkSecret({ key, token }: ClientOptions): CheckedOptions['secret'] {
  const secret = key ?? token;
  if (!secret || (key && token)) {
    throw new OptionsError("Give either key (the tenant's, on a server) or token (a subscriber's, in a browser).");
  }
  return secret;
}

function transportsOf(wanted: string, deps: ClientDeps): readonly TransportName[] {
  switch (wanted) {
    case 'auto':
      return deps.WebSocket === null ? ['sse', 'poll'] : ['websocket', 'sse', 'poll'];
    case 'websocket':
      if (deps.WebSocket !== null) return [wanted];
      throw new OptionsError(
        'There is no WebSocket here. Pass one (that of the package ws) as an option, or leave transport out.',
      );
    case 'sse':
    case 'poll':
      return [wanted];
    default:
      throw new OptionsError(`transport must be "auto", "websocket", "sse" or "poll", not ${JSON.stringify(wanted)}.`);
  }
}
