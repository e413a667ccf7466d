/**
 * Messages of a `text/event-stream` (HTML standard, "Server-sent events"). Data is JSON in one line,
 * so nothing has to be split. A block that has an `id` and no data is no message: the client only
 * remembers the id, which it sends as `Last-Event-ID` when it comes back.
 */

export function eventMessage(cursor: string, type: string, json: string): string {
  return `id: ${cursor}\nevent: ${type}\ndata: ${json}\n\n`;
}

/** The cursor asked for is too old. What is kept begins after `oldestCursor`, and follows. */
export function resetMessage(oldestCursor: string): string {
  return eventMessage(oldestCursor, 'reset', JSON.stringify({ reason: 'cursor_too_old', oldestCursor }));
}

/** Where the client stands, with how long it waits before it comes back, milliseconds. */
export function positionBlock(cursor: string, retryMs: number): string {
  return `retry: ${retryMs}\nid: ${cursor}\n\n`;
}

/** A sign of life: proxies give up what is idle. */
export function heartbeatBlock(cursor: string | null): string {
  return cursor === null ? ':\n\n' : `:\nid: ${cursor}\n\n`;
}
