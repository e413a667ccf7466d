import type { TransactionStatus, TxTrailEvent } from '@txtrail/protocol';
import { checkStory } from './story-checker.ts';

/** What a subscriber got, one entry a delivery, in the order of arrival; repeats are entries too. */
export interface ReceivedEvent {
  readonly event: TxTrailEvent;
  /** The bytes as they came. */
  readonly text: string;
}

/**
 * Judges what one subscriber received, from the contract alone: it imports nothing of the product.
 * Gives each broken promise in words; none, when all is well.
 *
 * Held here: I03 and I05 (numbers without a gap, in order), I04 (repeats byte-equal), the envelope,
 * and for each transaction what `checkStory` holds (I06, I08 and the forbidden events).
 */
export function checkEvents(received: readonly ReceivedEvent[]): readonly string[] {
  const problems: string[] = [];
  const first = new Map<string, ReceivedEvent>();
  const stories = new Map<string, TxTrailEvent[]>();
  let lastSeq = 0;
  for (const delivery of received) {
    const { event, text } = delivery;
    const before = first.get(event.id);
    if (before !== undefined) {
      if (before.text !== text) problems.push(`${event.id} came again with other bytes:\n${before.text}\n${text}`);
      continue;
    }
    first.set(event.id, delivery);
    if (event.seq !== lastSeq + 1) problems.push(`seq ${event.seq} (${event.type}) follows ${lastSeq}`);
    lastSeq = Math.max(lastSeq, event.seq);
    problems.push(...checkEnvelope(event));
    const id = event.data.transaction?.id;
    if (id !== undefined) stories.set(id, [...(stories.get(id) ?? []), event]);
  }
  for (const [id, events] of stories) {
    problems.push(...checkStory(events).map((problem) => `${id}: ${problem}`));
  }
  return problems;
}

/**
 * Over one connection numbers only rise: what comes again after a new beginning comes in its order,
 * and comes once.
 */
export function checkConnections(
  received: readonly { readonly event: TxTrailEvent; readonly connection: number }[],
): readonly string[] {
  const last = new Map<number, number>();
  return received.flatMap(({ event, connection }) => {
    const before = last.get(connection) ?? 0;
    last.set(connection, event.seq);
    return event.seq > before ? [] : [`seq ${event.seq} comes after ${before} over connection ${connection}`];
  });
}

/** CloudEvents 1.0 and Standard Webhooks members that every event has. */
export function checkEnvelope(event: TxTrailEvent): readonly string[] {
  const { transaction } = event.data;
  const problems: string[] = [];
  if (event.specversion !== '1.0') problems.push('specversion is not 1.0');
  if (event.source !== 'txtrail') problems.push('source is not txtrail');
  if (!/^evt_\S+$/.test(event.id)) problems.push('the id does not begin evt_');
  if (event.datacontenttype !== 'application/json') problems.push('datacontenttype is not application/json');
  if (!isTime(event.time) || (event.timestamp !== event.time && !isTime(event.timestamp))) {
    problems.push('time and timestamp are not both ISO 8601');
  }
  if (transaction !== undefined) {
    if (event.subject !== `${transaction.chain}/${transaction.hash}`) problems.push('subject is not CHAIN/HASH');
    if (event.subscriber !== transaction.subscriber) problems.push('another subscriber than the transaction');
  }
  return problems.map((problem) => `${event.id} (${event.type}): ${problem}`);
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value));
}

/** True where nothing more is owed about it. */
export function isSettled(transaction: { readonly status: TransactionStatus; readonly isTerminal: boolean }): boolean {
  return transaction.isTerminal && ['finalized', 'replaced', 'failed', 'expired'].includes(transaction.status);
}
