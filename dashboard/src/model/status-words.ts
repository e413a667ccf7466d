import type { Transaction } from '@txtrail/protocol';

/** The look of a status: an icon of its own shape, a tone and a word, so that colour never stands alone. */
export interface StatusLook {
  readonly word: string;
  readonly icon: string;
  readonly tone: string;
  /** What it means, in a sentence. */
  readonly meaning: string;
}

const looks: Readonly<Record<string, StatusLook>> = {
  unknown: { word: 'Unknown', icon: 'question', tone: 'quiet', meaning: 'No provider has shown it yet.' },
  pending: { word: 'Pending', icon: 'ring', tone: 'waiting', meaning: 'Seen by a provider, in no block yet.' },
  included: {
    word: 'Included',
    icon: 'block',
    tone: 'placed',
    meaning: 'In a block, with fewer confirmations than asked for.',
  },
  confirmed: {
    word: 'Confirmed',
    icon: 'check',
    tone: 'good',
    meaning: 'It has the confirmations that were asked for.',
  },
  finalized: {
    word: 'Final',
    icon: 'seal',
    tone: 'final',
    meaning: 'The chain calls its block final. Nothing more is expected.',
  },
  replaced: { word: 'Replaced', icon: 'swap', tone: 'other', meaning: 'Another transaction used its nonce.' },
  dropped: { word: 'Dropped', icon: 'drop', tone: 'bad', meaning: 'Several providers agree that no pool holds it.' },
  expired: { word: 'Expired', icon: 'clock', tone: 'quiet', meaning: 'Its time ended before it was in a block.' },
  failed: {
    word: 'Failed',
    icon: 'cross',
    tone: 'bad',
    meaning: 'It never reached the chain: every provider refused it.',
  },
};

/** A status that this page does not know is shown by its own name, and taken as not settled. */
export function lookOf(status: string): StatusLook {
  return Object.hasOwn(looks, status) ? (looks[status] as StatusLook) : strangeLook(status);
}

/** Every look, in the order of a transaction's life: for the legend. */
export const statusLooks: readonly StatusLook[] = Object.values(looks);

function strangeLook(status: string): StatusLook {
  return { word: status, icon: 'question', tone: 'quiet', meaning: 'A status that this page does not know yet.' };
}

/** Why it is so, where the status alone does not tell. */
export function reasonOf(transaction: Pick<Transaction, 'status' | 'reason' | 'execution'>): string | null {
  if (transaction.status === 'replaced' && transaction.reason !== null) return replacedBecause(transaction.reason);
  if (transaction.execution === 'reverted') return 'reverted';
  return transaction.reason;
}

function replacedBecause(reason: string): string {
  return reason === 'repriced' ? 'sped up' : reason;
}

/** The groups that the list is narrowed by. What is not known to be settled counts as waiting. */
export const statusGroups = [
  { id: 'all', word: 'All' },
  { id: 'waiting', word: 'Waiting' },
  { id: 'placed', word: 'In a block' },
  { id: 'final', word: 'Final' },
  { id: 'off', word: 'Off chain' },
] as const;

export type StatusGroup = (typeof statusGroups)[number]['id'];

const groupOfStatus: Readonly<Record<string, Exclude<StatusGroup, 'all'>>> = {
  included: 'placed',
  confirmed: 'placed',
  finalized: 'final',
  replaced: 'off',
  dropped: 'off',
  expired: 'off',
  failed: 'off',
};

export function groupOf(status: string): Exclude<StatusGroup, 'all'> {
  return Object.hasOwn(groupOfStatus, status) ? (groupOfStatus[status] as Exclude<StatusGroup, 'all'>) : 'waiting';
}
