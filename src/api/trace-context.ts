import type { Random } from '../ports/clock.ts';

/** W3C Trace Context: what joins our logs to the caller's trace. */
export interface TraceContext {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits, ours. */
  readonly spanId: string;
  readonly flags: string;
}

const traceparentPattern = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})(-.*)?$/;

/** Goes on with the caller's trace, or begins one where there is none (or an invalid one). */
export function traceContext(header: string | undefined, random: Random): TraceContext {
  const match = header === undefined ? null : traceparentPattern.exec(header);
  if (match?.[1] !== undefined && match[2] !== undefined) {
    return { traceId: match[1], spanId: hex(random.bytes(8)), flags: match[2] };
  }
  const made = hex(random.bytes(24));
  return { traceId: made.slice(0, 32), spanId: made.slice(32), flags: '00' };
}

export function traceparent(trace: TraceContext): string {
  return `00-${trace.traceId}-${trace.spanId}-${trace.flags}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
