import type { Rules } from './rules.ts';

/** The rules with one of them weakened. */
export interface WeakerRules {
  /** Names it on the page. */
  readonly name: string;
  readonly rule: string;
  readonly change: Partial<Rules>;
}

/** Each has a counterexample, which `docs/internals/partitions.md` tells. */
export const weakerRules: readonly WeakerRules[] = [
  { name: 'epochs-from-the-journal', rule: 'P01', change: { epochsAreUnique: false } },
  { name: 'no-claims', rule: 'P02', change: { claims: 'nothing' } },
  { name: 'only-the-journal-claimed', rule: 'P02', change: { claims: 'journal only' } },
  { name: 'journal-claimed-first', rule: 'P02', change: { claimsJournalLast: false } },
  { name: 'last-claim-counts', rule: 'P03', change: { readersJudge: 'last claim' } },
  { name: 'highest-number-counts', rule: 'P03', change: { readersJudge: 'highest number' } },
  { name: 'begins-before-reading', rule: 'P04', change: { readsAfterClaiming: false } },
  { name: 'applies-before-journalling', rule: 'P05', change: { journalsFirst: false } },
  { name: 'entries-without-positions', rule: 'P05', change: { entriesHoldPositions: false } },
  { name: 'entries-without-time', rule: 'P05', change: { entriesHoldTime: false } },
  { name: 'origins-by-offset', rule: 'P06', change: { entriesAreNumbered: false } },
  { name: 'decides-anew', rule: 'P06', change: { repeatsExactly: false } },
  { name: 'does-not-wait', rule: 'P07', change: { writesInOrder: false } },
  { name: 'drops-nothing', rule: 'P08', change: { dropsRepeats: false } },
  { name: 'last-only-in-memory', rule: 'P09', change: { commitsLast: false } },
  { name: 'epoch-only-in-memory', rule: 'P09', change: { commitsEpoch: false } },
  { name: 'row-before-position', rule: 'P09', change: { commits: 'row first' } },
  { name: 'position-before-row', rule: 'P09', change: { commits: 'position first' } },
  { name: 'mailbox-without-fence', rule: 'P10', change: { commitNeeds: 'nothing' } },
  { name: 'sends-before-committing', rule: 'P11', change: { commitsBeforeSending: false } },
  { name: 'registration-answered-first', rule: 'P12', change: { registrationsStoredFirst: false } },
  { name: 'acknowledgement-answered-first', rule: 'P13', change: { acknowledgements: 'answered first' } },
  { name: 'acknowledgement-kept-by-the-owner', rule: 'P13', change: { acknowledgements: 'kept by the owner' } },
  { name: 'latest-acknowledgement-counts', rule: 'P14', change: { highestAckCounts: false } },
  { name: 'acknowledgement-unchecked', rule: 'P14', change: { acksAreChecked: false } },
  { name: 'reader-waits-for-the-bell', rule: 'P15', change: { readersLookAgain: false } },
  { name: 'snapshots-unclaimed', rule: 'P16', change: { snapshots: 'by number' } },
  {
    name: 'events-claimed-before-snapshots',
    rule: 'P16',
    change: { snapshots: 'claimed', claimsSnapshotsFirst: false },
  },
  { name: 'snapshot-without-unsent', rule: 'P16', change: { snapshots: 'claimed', snapshotsHoldUnsent: false } },
  { name: 'read-back-snapshots-unclaimed', rule: 'P17', change: { readsBack: true, snapshots: 'by number' } },
];

export interface OtherWay extends WeakerRules {
  /** It has so many states that its full search makes do with two faults. */
  readonly isWide?: boolean;
}

/** None of these has a counterexample: what can stand in place of part of the rules. */
export const otherWays: readonly OtherWay[] = [
  { name: 'commit-by-position', rule: 'P10', change: { commitNeeds: 'position' } },
  { name: 'read-back-claims-in-any-order', rule: 'P17', change: { readsBack: true, claimsJournalLast: false } },
  { name: 'read-back-only-the-journal-claimed', rule: 'P17', change: { readsBack: true, claims: 'journal only' } },
  { name: 'read-back-no-claims', rule: 'P17', change: { readsBack: true, claims: 'nothing' } },
  { name: 'read-back-decides-anew', rule: 'P17', change: { readsBack: true, repeatsExactly: false } },
  { name: 'read-back-origins-by-offset', rule: 'P17', change: { readsBack: true, entriesAreNumbered: false } },
  {
    name: 'read-back-no-epochs-at-all',
    rule: 'P17',
    isWide: true,
    change: {
      readsBack: true,
      claims: 'nothing',
      epochsAreUnique: false,
      repeatsExactly: false,
      commitsEpoch: false,
      commitNeeds: 'position',
    },
  },
  {
    name: 'read-back-no-claims-snapshots-by-number',
    rule: 'P17',
    isWide: true,
    change: { readsBack: true, claims: 'nothing', snapshots: 'by number' },
  },
  {
    name: 'read-back-only-the-journal-claimed-snapshots-by-number',
    rule: 'P17',
    isWide: true,
    change: { readsBack: true, claims: 'journal only', snapshots: 'by number' },
  },
];
