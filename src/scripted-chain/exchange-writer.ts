import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { Scheduler } from '../ports/clock.ts';
import type { Exchange } from './exchange.ts';

/** A socket that reads nothing is cut when so much waits for it. */
export const socketBufferLimitBytes = 32 * 1024 * 1024;

/** Carries an exchange out over HTTP: late, drop by drop, or not at all, as it says. */
export function writeHttp(response: ServerResponse, exchange: Exchange, scheduler: Pick<Scheduler, 'after'>): void {
  if (exchange.manner === 'hang') return;
  afterDelay(exchange.delayMs, scheduler, () => {
    if (exchange.manner === 'drop') {
      response.destroy();
      return;
    }
    const body = Buffer.from(exchange.body ?? '');
    response.writeHead(exchange.status, { ...exchange.headers, 'content-length': String(body.length) });
    if (exchange.manner === 'whole') response.end(body);
    else {
      const write = (piece: Buffer, isLast: boolean): boolean => {
        if (isLast) response.end(piece);
        else response.write(piece);
        return !response.destroyed;
      };
      drip(body, exchange.byteDelayMs, scheduler, write);
    }
  });
}

/** The same over a socket, where a drip is a message in fragments of one byte. */
export function writeSocket(
  socket: WebSocket,
  exchange: Pick<Exchange, 'manner' | 'body' | 'delayMs' | 'byteDelayMs'>,
  scheduler: Pick<Scheduler, 'after'>,
): void {
  const { body } = exchange;
  if (exchange.manner === 'hang' || (body === null && exchange.manner !== 'drop')) return;
  afterDelay(exchange.delayMs, scheduler, () => {
    if (exchange.manner === 'drop' || socket.bufferedAmount > socketBufferLimitBytes) socket.terminate();
    else if (exchange.manner === 'whole') socket.send(body ?? '');
    else {
      const write = (piece: Buffer, isLast: boolean): boolean => {
        if (socket.readyState !== socket.OPEN) return false;
        socket.send(piece, { binary: false, fin: isLast });
        return true;
      };
      drip(Buffer.from(body ?? ''), exchange.byteDelayMs, scheduler, write);
    }
  });
}

/** Without a delay it happens at once, so that what is written keeps its order. */
function afterDelay(delayMs: number, scheduler: Pick<Scheduler, 'after'>, task: () => void): void {
  if (delayMs === 0) task();
  else scheduler.after(delayMs, task);
}

function drip(
  body: Buffer,
  byteDelayMs: number,
  scheduler: Pick<Scheduler, 'after'>,
  write: (piece: Buffer, isLast: boolean) => boolean,
  at = 0,
): void {
  const isLast = at + 1 >= body.length;
  const goesOn = write(body.subarray(at, at + 1), isLast);
  if (goesOn && !isLast) scheduler.after(byteDelayMs, () => drip(body, byteDelayMs, scheduler, write, at + 1));
}
