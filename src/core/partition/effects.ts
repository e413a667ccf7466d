import type { EventRecord } from '../records/event-record.ts';
import type { ProbeRecord, SubmissionRecord } from '../records/probe-record.ts';
import type { SenderRecord } from '../records/sender-record.ts';

/** What the core wants done, as data. `events` and `senders` are owed durably; the rest is asked again while it is wanted. */
export interface StatusEffects {
  readonly events: EventRecord[];
  readonly senders: SenderRecord[];
  readonly probes: ProbeRecord[];
  readonly submissions: SubmissionRecord[];
}

export function noEffects(): StatusEffects {
  return { events: [], senders: [], probes: [], submissions: [] };
}

/** The journal's word on one input: where it stands and what time it was. */
export interface JournalMark {
  readonly position: number;
  readonly timeMs: number;
}
