/** What the product asks others over the network: HTTP requests and WebSockets that it opens. */
export interface Network {
  /** The pooled ways to one origin, such as `https://host:port`. Nothing is connected before the first request. */
  origin(origin: string): HttpOrigin;
  /** Opens a WebSocket; what becomes of it is told to `events`, never within this call. */
  openSocket(url: string, options: SocketOptions, events: SocketEvents): OutgoingSocket;
}

export interface HttpPost {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Ends the request, whatever it waits for. */
  readonly signal: AbortSignal;
}

export interface HttpReply {
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** The whole body. Rejects as `post` does. */
  text(): Promise<string>;
  /** Drops a body that nobody wants to read. */
  discard(): void;
}

export interface HttpOrigin {
  /**
   * Follows no redirect. Rejects with an error whose `code` says why (`ECONNREFUSED`, say;
   * `response_too_large` for a body beyond `responseMaxBytes`).
   */
  post(request: HttpPost): Promise<HttpReply>;
  close(): Promise<void>;
}

/** The biggest answer read: a full block of the busiest chains is near 20 MiB as JSON. */
export const responseMaxBytes = 64 * 1024 * 1024;

export interface SocketOptions {
  /** A longer message ends the connection. */
  readonly messageMaxBytes: number;
  readonly handshakeTimeoutMs: number;
}

/** Called in order; nothing after `onClose`. */
export interface SocketEvents {
  onOpen(): void;
  /** null: what came was no text. */
  onMessage(text: string | null): void;
  onPong(): void;
  /** It failed or was never open; `code` as of a request. `onClose` may follow. */
  onError(error: unknown): void;
  onClose(code: number): void;
}

export interface OutgoingSocket {
  readonly isOpen: boolean;
  /** Only while it is open. */
  send(text: string): void;
  ping(): void;
  /** Ends it at once; no event follows. */
  terminate(): void;
}
