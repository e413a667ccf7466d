import type { TxTrailEvent } from '@txtrail/protocol';
import { counted, groupDigits, shortHash } from '../model/text-forms.ts';

export interface EventWords {
  readonly title: string;
  /** What the title leaves open; null where it says all. */
  readonly detail: string | null;
  /** Name of the icon. */
  readonly icon: string;
  readonly tone: string;
}

type Teller = (event: TxTrailEvent) => EventWords;

const tellers: Readonly<Record<string, Teller>> = {
  pending: ({ data }) =>
    words(
      'Seen',
      data.previousStatus === 'replaced' ? 'its rival is out of the chain' : 'in a pool',
      'ring',
      'waiting',
    ),
  included: ({ data }) =>
    words(
      'Included',
      `${blockText(data.transaction.blockNumber)}${data.late ? ', before it was registered' : ''}`,
      'block',
      'placed',
    ),
  executed: ({ data }) =>
    words(
      'Executed',
      data.transaction.execution,
      'receipt',
      data.transaction.execution === 'reverted' ? 'bad' : 'placed',
    ),
  confirmation: ({ data }) => words(counted(data.confirmations, 'confirmation'), null, 'tick', 'placed'),
  confirmed: ({ data }) => words('Confirmed', counted(data.confirmations, 'confirmation'), 'check', 'good'),
  safe: () => words('Safe', 'by the chain’s own word', 'check', 'good'),
  finalized: ({ data }) => words('Final', blockText(data.transaction.blockNumber), 'seal', 'final'),
  reorged: ({ data }) =>
    words(
      'Reorged out',
      data.reorg === undefined
        ? null
        : `${blockText(data.reorg.fromBlockNumber)} orphaned, depth ${data.reorg.depth}${data.reorg.beyondFinality ? ', beyond finality' : ''}`,
      'loop',
      'reorg',
    ),
  replaced: ({ data }) =>
    words(
      data.replacement?.final === true ? 'Replaced for good' : 'Replaced',
      data.replacement === undefined
        ? null
        : `${replacedBy(data.replacement.reason)} ${shortHash(data.replacement.hash)}`,
      'swap',
      'other',
    ),
  dropped: () => words('Dropped', 'no pool holds it', 'drop', 'bad'),
  failed: ({ data }) =>
    words(
      'Failed',
      data.failure === undefined ? null : `${data.failure.class}: ${data.failure.message}`,
      'cross',
      'bad',
    ),
  expired: ({ data }) => words('Expired', data.expiry?.reason ?? null, 'clock', 'quiet'),
  stuck: () => words('Stuck', null, 'clock', 'waiting'),
  corrected: () => words('Corrected', 'an earlier verdict was withdrawn', 'loop', 'reorg'),
  preconfirmed: () => words('Preconfirmed', null, 'ring', 'waiting'),
};

/** An event in words. One of a type that this page does not know is called by its type. */
export function eventWords(event: TxTrailEvent): EventWords {
  const kind = kindOf(event);
  const teller = Object.hasOwn(tellers, kind) ? tellers[kind] : undefined;
  return teller === undefined ? words(event.type, null, 'question', 'quiet') : teller(event);
}

/** The event's type without `transaction.`. */
export function kindOf({ type }: TxTrailEvent): string {
  return type.startsWith('transaction.') ? type.slice('transaction.'.length) : type;
}

export function blockText(number: number | null): string {
  return number === null ? 'block unknown' : `block ${groupDigits(number)}`;
}

function replacedBy(reason: string): string {
  if (reason === 'repriced') return 'sped up by';
  return reason === 'cancelled' ? 'cancelled by' : 'by';
}

function words(title: string, detail: string | null, icon: string, tone: string): EventWords {
  return { title, detail, icon, tone };
}
