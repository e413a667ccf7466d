import { frameSchemas } from '@txtrail/protocol';
import type { ClientFrame, ErrorCode } from '@txtrail/protocol';
import { createValidation, fieldErrors } from '../validation.ts';
import type { SchemaCheck } from '../validation.ts';

/**
 * What a message of a client comes to. `broken` is not our protocol at all and closes the socket
 * (4501); `mistaken` is a frame of ours with mistakes, or of a type that this version does not
 * know: it is answered with an `error` and the socket lives.
 */
export type ReadFrame =
  | { readonly kind: 'frame'; readonly frame: ClientFrame }
  | { readonly kind: 'mistaken'; readonly id: string | null; readonly code: ErrorCode; readonly message: string }
  | { readonly kind: 'broken'; readonly reason: string };

export type FrameReader = (text: string) => ReadFrame;

/** Mistakes named in one `error` frame. */
const mistakesTold = 5;

export function createFrameReader(): FrameReader {
  const { body } = createValidation();
  const checks = new Map<string, SchemaCheck<ClientFrame>>(
    Object.entries(frameSchemas).map(([type, schema]) => [type, body<ClientFrame>(schema)]),
  );
  return (text) => {
    const value = parse(text);
    if (value === null) return { kind: 'broken', reason: 'a frame must be a JSON object' };
    const type = value['type'];
    if (typeof type !== 'string') return { kind: 'broken', reason: 'a frame must have a type' };
    const id = typeof value['id'] === 'string' ? value['id'] : null;
    const check = checks.get(type);
    if (check === undefined) {
      return { kind: 'mistaken', id, code: 'invalid_request', message: 'This type of frame is not known.' };
    }
    if (check(value)) return { kind: 'frame', frame: value };
    return { kind: 'mistaken', id, code: 'invalid_request', message: describeMistakes(check) };
  };
}

/** The mistakes of a value in one line: `/id is required; /window must be …`. */
export function describeMistakes(check: SchemaCheck<unknown>, prefix = ''): string {
  return fieldErrors(check.errors, mistakesTold)
    .map((mistake) => `${prefix}${mistake.path} ${mistake.message}`)
    .join('; ');
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text, rejectPrototypeKeys);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** `__proto__` as a key of JSON is an own property here, but would become a prototype where it is copied. */
function rejectPrototypeKeys(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new SyntaxError('forbidden key');
  return value;
}
