import { Pool } from 'undici';
import { WebSocket } from 'ws';
import {
  type HttpOrigin,
  type HttpPost,
  type HttpReply,
  type Network,
  type OutgoingSocket,
  responseMaxBytes,
  type SocketEvents,
  type SocketOptions,
} from '../../ports/network.ts';

/** Connections to one origin at a time; further requests wait for one. */
export const connectionsMax = 16;

/** The machine's network. */
export function createNodeNetwork(): Network {
  return { origin: (origin) => new PooledOrigin(origin), openSocket };
}

class PooledOrigin implements HttpOrigin {
  readonly #origin: string;
  #pool: Pool | null = null;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async post(request: HttpPost): Promise<HttpReply> {
    const { statusCode, headers, body } = await this.#open().request({ ...request, method: 'POST' });
    return {
      status: statusCode,
      headers,
      text: () => body.text().catch(named),
      discard: () => {
        body.on('error', () => undefined);
        body.destroy();
      },
    };
  }

  async close(): Promise<void> {
    const pool = this.#pool;
    this.#pool = null;
    await pool?.destroy();
  }

  #open(): Pool {
    this.#pool ??= new Pool(this.#origin, {
      connections: connectionsMax,
      maxResponseSize: responseMaxBytes,
      // The request's own time covers these; they only must not be shorter.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    return this.#pool;
  }
}

function named(error: unknown): never {
  const { code } = error as { readonly code?: unknown };
  if (code !== 'UND_ERR_RES_EXCEEDED_MAX_SIZE') throw error;
  throw Object.assign(new Error('the response is too large', { cause: error }), { code: 'response_too_large' });
}

function openSocket(url: string, options: SocketOptions, events: SocketEvents): OutgoingSocket {
  const socket = new WebSocket(url, {
    maxPayload: options.messageMaxBytes,
    handshakeTimeout: options.handshakeTimeoutMs,
    perMessageDeflate: false,
    followRedirects: false,
  });
  socket.on('open', () => events.onOpen());
  socket.on('message', (data, isBinary) => events.onMessage(isBinary ? null : String(data)));
  socket.on('pong', () => events.onPong());
  socket.on('error', (error) => events.onError(error));
  socket.on('close', (code) => events.onClose(code));
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    send: (text) => socket.send(text),
    ping: () => socket.ping(),
    terminate: () => {
      socket.removeAllListeners();
      socket.on('error', () => undefined);
      socket.terminate();
    },
  };
}
