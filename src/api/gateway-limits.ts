/** Every bound of the gateway, by name. Times in milliseconds, sizes in bytes. */
export interface GatewayLimits {
  readonly bodyBytes: number;
  readonly batchBodyBytes: number;
  /** Open TCP connections, WebSockets among them; more are refused by the kernel's accept. */
  readonly connections: number;
  /** Requests being worked on, long polls and event streams aside; more get 503 `overloaded`. */
  readonly requestsInFlight: number;
  /** Batches among them: each may hold `batchBodyBytes` of memory before it is even parsed. */
  readonly batchesInFlight: number;
  /** Long polls that wait for an event. */
  readonly longPolls: number;
  /** Open event streams. */
  readonly eventStreams: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long a drain waits for requests that are being worked on. */
  readonly drainTimeoutMs: number;
  /** Mistakes shown in one 422. */
  readonly mistakesShown: number;
  /** Pages that one long poll reads past events its filter leaves out before it answers. */
  readonly pagesPerPoll: number;
  readonly stream: StreamLimits;
  readonly websocket: WebsocketLimits;
}

export interface StreamLimits {
  /** Unsent bytes of one stream above which no event is read for it. */
  readonly bufferedBytes: number;
  /** Events read for one stream at a time. */
  readonly eventsPerRead: number;
  /** Between signs of life. Proxies commonly give up what is idle for 30 to 60 seconds. */
  readonly heartbeatMs: number;
  /** How long a client waits before it comes back. */
  readonly retryMs: number;
  /** A stream ends after this and up to `lifetimeJitterMs` more, and its client comes back. */
  readonly lifetimeMs: number;
  readonly lifetimeJitterMs: number;
  /** How long `bufferedBytes` may stay exceeded without a byte leaving. */
  readonly slowTimeoutMs: number;
  /** How long the last bytes of a stream that ends may take. */
  readonly closeTimeoutMs: number;
  /** At a drain, clients are told to come back within this time after `retryMs`, spread evenly. */
  readonly reconnectSpreadMs: number;
}

export interface WebsocketLimits {
  readonly frameBytes: number;
  readonly subscriptionsPerSocket: number;
  /** Tracks and acknowledgements of one socket being worked on; beyond it nothing more is read from the socket. */
  readonly requestsInFlight: number;
  /** Unsent bytes of one socket above which no event is read for it. */
  readonly bufferedBytes: number;
  /** Events read for one subscription before the next has its turn. */
  readonly eventsPerRead: number;
  readonly authTimeoutMs: number;
  readonly pingIntervalMs: number;
  readonly pongTimeoutMs: number;
  /** How long `bufferedBytes` may stay exceeded. */
  readonly slowTimeoutMs: number;
  /** How long a closing handshake may take. */
  readonly closeTimeoutMs: number;
  /** At a drain, clients are told to come back within this time, spread evenly. */
  readonly reconnectSpreadMs: number;
}

export const defaultGatewayLimits: GatewayLimits = {
  bodyBytes: 1024 * 1024,
  batchBodyBytes: 8 * 1024 * 1024,
  connections: 20_000,
  requestsInFlight: 4096,
  batchesInFlight: 32,
  longPolls: 10_000,
  eventStreams: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  // Above the 60 s after which common load balancers give an idle connection up, so that they do and not we.
  keepAliveTimeoutMs: 65_000,
  drainTimeoutMs: 10_000,
  mistakesShown: 50,
  pagesPerPoll: 16,
  stream: {
    bufferedBytes: 256 * 1024,
    eventsPerRead: 64,
    heartbeatMs: 15_000,
    retryMs: 2_000,
    lifetimeMs: 600_000,
    lifetimeJitterMs: 300_000,
    slowTimeoutMs: 30_000,
    closeTimeoutMs: 5_000,
    reconnectSpreadMs: 5_000,
  },
  websocket: {
    frameBytes: 64 * 1024,
    subscriptionsPerSocket: 1000,
    requestsInFlight: 256,
    bufferedBytes: 1024 * 1024,
    eventsPerRead: 64,
    authTimeoutMs: 10_000,
    pingIntervalMs: 25_000,
    pongTimeoutMs: 10_000,
    slowTimeoutMs: 30_000,
    closeTimeoutMs: 5_000,
    reconnectSpreadMs: 5_000,
  },
};
