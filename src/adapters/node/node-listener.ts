import { createServer } from 'node:http';
import type { Listener } from '../../ports/listener.ts';

/** Servers that listen on addresses of the machine. */
export const nodeListener: Listener = { createServer };
