import { assert } from '../../lib/assert.ts';

/**
 * A stream whose writer changes: a new one writes a claim, and what an earlier one still writes
 * behind it is void. The stream's own order decides and nothing else does: a record counts where the
 * last claim before it is its writer's, for every reader alike (P02, P03 in
 * `docs/internals/partitions.md`). A writer has a name that no other ever had, and claims once: one
 * that claimed again, not knowing that it was followed, would make its own records count once more.
 *
 * Text form: `claim TIME_MS WRITER`, and `WRITER@CLAIM TIME_MS PAYLOAD` for a record, where CLAIM is
 * the offset of the writer's claim; a name has neither space nor `@`.
 */
export type ClaimedValue =
  | { readonly kind: 'claim'; readonly timeMs: number; readonly writer: string }
  | { readonly kind: 'record'; readonly timeMs: number; readonly payload: string }
  | { readonly kind: 'void' };

export function claimValue(writer: string, timeMs: number): string {
  return `claim ${timeMs} ${writer}`;
}

export interface Claim {
  readonly writer: string;
  /** Where the claim stands in the stream. */
  readonly offset: number;
}

export function claimedRecordValue({ writer, offset }: Claim, timeMs: number, payload: string): string {
  return `${writer}@${offset} ${timeMs} ${payload}`;
}

/**
 * Reads such a stream, in its order. One who begins in the middle has not read the claim that counts
 * there: until it reads one, it goes by the highest claim that a record named. What it took before is
 * void where that changes.
 */
export class ClaimedStream {
  #writer: string | null;
  /** The claim that records named; Infinity once a claim was read, which leaves nothing to guess. */
  #named: number;

  /** `writer`: who made the last claim before what will be read; null: it is not known. */
  constructor(writer: string | null = null) {
    this.#writer = writer;
    this.#named = writer === null ? -1 : Number.POSITIVE_INFINITY;
  }

  get writer(): string | null {
    return this.#writer;
  }

  take(value: string): ClaimedValue {
    const [head, time, rest] = parts(value);
    const timeMs = Number(time);
    assert(
      head !== '' && time !== '' && Number.isFinite(timeMs),
      'a record of a claimed stream names no writer or time',
    );
    if (head === 'claim') {
      this.#writer = rest;
      this.#named = Number.POSITIVE_INFINITY;
      return { kind: 'claim', timeMs, writer: rest };
    }
    const [writer, offset] = claimOf(head);
    if (offset > this.#named) {
      this.#writer = writer;
      this.#named = offset;
    }
    return writer === this.#writer ? { kind: 'record', timeMs, payload: rest } : { kind: 'void' };
  }
}

function claimOf(head: string): [string, number] {
  const at = head.indexOf('@');
  const offset = Number.parseInt(head.slice(at + 1), 10);
  assert(at > 0 && Number.isSafeInteger(offset), 'a record of a claimed stream names no claim');
  return [head.slice(0, at), offset];
}

function parts(value: string): [string, string, string] {
  const first = value.indexOf(' ');
  const second = value.indexOf(' ', first + 1);
  if (first === -1 || second === -1) return ['', '', ''];
  return [value.slice(0, first), value.slice(first + 1, second), value.slice(second + 1)];
}
