/**
 * The rules of claims, numbering and acknowledgement, each a switch. `docs/internals/partitions.md`
 * says them in words (P01…) and shows what goes wrong without each.
 */
export interface Rules {
  /** P01. An epoch is handed out once, above all before it. Else: the highest in the journal, plus one. */
  readonly epochsAreUnique: boolean;
  /** P02. Which logs a new owner of the partition claims before it begins. */
  readonly claims: 'every log' | 'journal only' | 'nothing';
  /** P02. The journal is claimed after everything else. */
  readonly claimsJournalLast: boolean;
  /** P03. A record is void when a higher claim stands before it in its log. Else: see the page. */
  readonly readersJudge: 'by place' | 'last claim' | 'highest number';
  /** P04. A new owner reads the journal after claiming it, up to its own claim at least. */
  readonly readsAfterClaiming: boolean;
  /** P05. The journal entry is stored before its inputs are applied. */
  readonly journalsFirst: boolean;
  /** P05. An entry says how far each input log is read. Else: how many records were taken. */
  readonly entriesHoldPositions: boolean;
  /** P05. An entry holds the time at which its inputs are applied. */
  readonly entriesHoldTime: boolean;
  /** P06. Entries carry a number of their own, which origins name. Else: origins name the log's offset. */
  readonly entriesAreNumbered: boolean;
  /** P06. A write whose outcome is unknown is repeated as it was. */
  readonly repeatsExactly: boolean;
  /** P07. The next event is written when the one before it is known to be stored. */
  readonly writesInOrder: boolean;
  /** P08. The lane drops what is not newer than the last of its source. */
  readonly dropsRepeats: boolean;
  /** P09. The last of each source is committed, not only remembered. */
  readonly commitsLast: boolean;
  /** P09. The highest claim read in `events` is committed, not only remembered. */
  readonly commitsEpoch: boolean;
  /** P09. Mailbox row and lane row are one transaction. Else: which comes first. */
  readonly commits: 'together' | 'row first' | 'position first';
  /** P10. What a commit of the lane's owner is conditional on. */
  readonly commitNeeds: 'epoch' | 'position' | 'nothing';
  /** P11. An event is sent when its number is committed. */
  readonly commitsBeforeSending: boolean;
  /** P12. A registration is answered when it is stored. */
  readonly registrationsStoredFirst: boolean;
  /** P13. An acknowledgement is answered when it is stored in `acks`, by whichever node took it. */
  readonly acknowledgements: 'stored first' | 'answered first' | 'kept by the owner';
  /** P14. The acknowledged place is the highest. Else: the latest. */
  readonly highestAckCounts: boolean;
  /** P14. An acknowledgement beyond what is numbered is refused. */
  readonly acksAreChecked: boolean;
  /** P15. A reader looks again by itself. Else: only when the bell rings. */
  readonly readersLookAgain: boolean;
  /**
   * P16. Whether owners write snapshots, and let the journal go up to them. A snapshot is claimed like
   * any output; or it takes the place of any that ends with a lower entry.
   */
  readonly snapshots: 'none' | 'claimed' | 'by number';
  /** P16. Snapshots are claimed before `events`, on which they rest. */
  readonly claimsSnapshotsFirst: boolean;
  /** P16. A snapshot says which of its events are known to be stored. Else: it takes them for said. */
  readonly snapshotsHoldUnsent: boolean;
  /** P17. Beside P02 and P06: an owner applies only what it has read back from its journal. */
  readonly readsBack: boolean;
}

/** All rules on. Snapshots come beside them, and reading back is another way to part of them. */
export const allRules: Rules = {
  epochsAreUnique: true,
  claims: 'every log',
  claimsJournalLast: true,
  readersJudge: 'by place',
  readsAfterClaiming: true,
  journalsFirst: true,
  entriesHoldPositions: true,
  entriesHoldTime: true,
  entriesAreNumbered: true,
  repeatsExactly: true,
  writesInOrder: true,
  dropsRepeats: true,
  commitsLast: true,
  commitsEpoch: true,
  commits: 'together',
  commitNeeds: 'epoch',
  commitsBeforeSending: true,
  registrationsStoredFirst: true,
  acknowledgements: 'stored first',
  highestAckCounts: true,
  acksAreChecked: true,
  readersLookAgain: true,
  snapshots: 'none',
  claimsSnapshotsFirst: true,
  snapshotsHoldUnsent: true,
  readsBack: false,
};

/** How large a world is searched through. */
export interface Bounds {
  /** Processes that can own. */
  readonly owners: number;
  /** Faults in one run, of any kinds. */
  readonly faults: number;
  /** Records in the log of blocks; the log of registrations gets one, and repeats of it. */
  readonly blocks: number;
  /** Leave out what no reader will ever look at; see `reduce.ts`. */
  readonly reduced: boolean;
}
