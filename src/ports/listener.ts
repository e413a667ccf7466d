import type { RequestListener, Server, ServerOptions } from 'node:http';

/** Makes the HTTP servers whose `listen` takes connections from outside. */
export interface Listener {
  createServer(options: ServerOptions, handler: RequestListener): Server;
}
