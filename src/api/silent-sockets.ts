import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections that were opened ahead of need, as browsers do, and have carried nothing yet. To the
 * HTTP server they are not idle, since their first request may be on its way; a drain would wait
 * for each until it times out.
 */
export class SilentSockets {
  readonly #open = new Set<Socket>();

  constructor(server: Server) {
    server.on('connection', (socket) => {
      this.#open.add(socket);
      socket.once('close', () => this.#open.delete(socket));
    });
  }

  /** To be called when nothing new is taken any more. */
  cut(): void {
    for (const socket of this.#open) if (socket.bytesRead === 0) socket.destroy();
  }
}
