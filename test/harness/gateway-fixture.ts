import { createHash, randomBytes } from 'node:crypto';
import { MemoryAnswers } from '../../src/adapters/memory/memory-answers.ts';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createGateway } from '../../src/api/gateway.ts';
import type { Gateway } from '../../src/api/gateway.ts';
import { defaultGatewayLimits } from '../../src/api/gateway-limits.ts';
import type { GatewayLimits } from '../../src/api/gateway-limits.ts';
import type { Clock, Random, Scheduler } from '../../src/ports/clock.ts';
import type { Credentials } from '../../src/ports/credentials.ts';
import type { Logger, LogFacts } from '../../src/ports/logger.ts';
import type { Metrics } from '../../src/ports/metrics.ts';
import type { PageFolder } from '../../src/ports/page-folder.ts';
import type { SandboxControl } from '../../src/ports/sandbox-control.ts';
import { FakeEventReader } from './fake-event-reader.ts';
import { FakeTracker } from './fake-tracker.ts';

export const tenantKey = 'key-of-the-tenant-default-0123456789';
export const otherKey = 'key-of-the-tenant-other-0123456789ab';
export const adminKey = 'key-of-the-administrator-0123456789';

/** A gateway on a free port over ports in memory. */
export interface GatewayFixture {
  readonly url: string;
  readonly gateway: Gateway;
  readonly tracker: FakeTracker;
  readonly events: FakeEventReader;
  readonly answers: MemoryAnswers;
  readonly logs: LogLine[];
  /** A request with the key of the tenant `default` unless `key` says otherwise; null: no key. */
  call(method: string, path: string, options?: CallOptions): Promise<CallResult>;
}

export interface CallOptions {
  readonly key?: string | null;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is, with the type application/json unless the headers say otherwise. */
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface CallResult {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly json: any;
}

export interface LogLine {
  readonly level: string;
  readonly message: string;
  readonly facts: LogFacts;
}

export type LimitChanges = Partial<Omit<GatewayLimits, 'websocket' | 'stream'>> & {
  readonly stream?: Partial<GatewayLimits['stream']>;
  readonly websocket?: Partial<GatewayLimits['websocket']>;
};

/** What is not made anew. */
export interface KeptParts {
  readonly answers?: MemoryAnswers;
  readonly clock?: Clock;
  readonly scheduler?: Scheduler;
  readonly sandbox?: SandboxControl;
  readonly page?: PageFolder;
  readonly allowedOrigins?: readonly string[];
}

export async function startGateway(limits: LimitChanges = {}, kept: KeptParts = {}): Promise<GatewayFixture> {
  const tracker = new FakeTracker();
  const events = new FakeEventReader();
  const answers = kept.answers ?? new MemoryAnswers({ clock: realClock });
  const logs: LogLine[] = [];
  const websocket = { ...defaultGatewayLimits.websocket, closeTimeoutMs: 200, ...limits.websocket };
  const stream = { ...defaultGatewayLimits.stream, closeTimeoutMs: 200, ...limits.stream };
  const all = { ...defaultGatewayLimits, drainTimeoutMs: 1000, ...limits, websocket, stream };
  const gateway = createGateway(
    { host: '127.0.0.1', port: 0, limits: all, allowedOrigins: kept.allowedOrigins ?? [] },
    {
      tracker,
      events,
      answers,
      credentials: fakeCredentials,
      listener: nodeListener,
      clock: kept.clock ?? realClock,
      scheduler: kept.scheduler ?? realScheduler,
      random: realRandom,
      logger: collectingLogger(logs),
      metrics: silentMetrics,
      sandbox: kept.sandbox,
      page: kept.page,
    },
  );
  const { url } = await gateway.listen();
  return {
    url,
    gateway,
    tracker,
    events,
    answers,
    logs,
    call: (method, path, options) => call(url, method, path, options ?? {}),
  };
}

async function call(url: string, method: string, path: string, options: CallOptions): Promise<CallResult> {
  const key = options.key === undefined ? tenantKey : options.key;
  const body = options.json === undefined ? options.body : JSON.stringify(options.json);
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body }),
  });
  // A stream has no end: its head is the answer.
  const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : null,
  };
}

const tenants: Readonly<Record<string, string>> = { [tenantKey]: 'default', [otherKey]: 'other' };

export const fakeCredentials: Credentials = {
  tenantOf: (key) => tenants[key] ?? null,
  isAdmin: (key) => key === adminKey,
  cursorSecret: createHash('sha256').update('a secret of the tests').digest(),
};

export const realClock: Clock = { now: () => Date.now(), monotonic: () => performance.now() };

export const realScheduler: Scheduler = {
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  sleep: (delayMs) => new Promise((resolve) => setTimeout(resolve, delayMs)),
};

export const realRandom: Random = { bytes: (count) => randomBytes(count), fraction: () => Math.random() };

export const silentMetrics: Metrics = {
  counter: () => ({ add: () => undefined }),
  gauge: () => ({ set: () => undefined }),
  histogram: () => ({ observe: () => undefined }),
};

export function collectingLogger(lines: LogLine[]): Logger {
  const write =
    (level: string) =>
    (message: string, facts: LogFacts = {}): void => {
      lines.push({ level, message, facts });
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => collectingLogger(lines),
  };
}
