import { applied, highestClaim, readJournal } from './journal.ts';
import type { Rules } from './rules.ts';
import type { Add } from './steps.ts';
import { factText, owner } from './words.ts';
import type { Entry, PartitionMemory, PartitionRole, State } from './state.ts';
import { withJournalRecord, withPartition } from './state.ts';

export function newPartitionRole(epoch: number, time: number): PartitionRole {
  return { epoch, time, claimed: 0, running: false, memory: null, unwritten: null, uncertain: null };
}

/** What the process at `at` can do as an owner of the partition, or as one that takes itself for it. */
export function partitionSteps(state: State, rules: Rules, at: number, add: Add): void {
  const role = state.processes[at]?.partition ?? null;
  if (role === null) return;
  if (!role.running) takeOver(state, rules, at, role, add);
  else if (role.memory !== null) {
    writeEntries(state, rules, at, role, role.memory, add);
    sendNext(state, rules, at, role, role.memory, add);
    writeSnapshot(state, rules, at, role, role.memory, add);
  }
}

/** Claims log after log; with the last claim it reads the journal and begins. */
function takeOver(state: State, rules: Rules, at: number, role: PartitionRole, add: Add): void {
  const targets = claimTargets(rules);
  if (!rules.readsAfterClaiming && role.memory === null) {
    const memory = readJournal(state, rules, { time: role.time, blocksFirst: false });
    add(
      'step',
      () => `${owner(at)} reads the journal to its end, before it claims anything`,
      withPartition(state, at, { ...role, memory }),
    );
    return;
  }
  const target = targets[role.claimed];
  const claimed = target === undefined ? state : withClaim(state, rules, target, role.epoch);
  const name = target === 'journal' ? 'the journal' : target;
  const claiming = target === undefined ? '' : `claims ${name} with epoch ${role.epoch}`;
  if (role.claimed + 1 < targets.length) {
    add('step', () => `${owner(at)} ${claiming}`, withPartition(claimed, at, { ...role, claimed: role.claimed + 1 }));
    return;
  }
  begin(claimed, rules, at, { ...role, claimed: targets.length }, claiming, add);
}

function begin(state: State, rules: Rules, at: number, role: PartitionRole, claiming: string, add: Add): void {
  if (rules.claims !== 'nothing' && rules.readsAfterClaiming && highestClaim(state.journal) > role.epoch) {
    add('step', () => `${owner(at)} ${claiming}, finds a higher claim and stops`, withPartition(state, at, null));
    return;
  }
  const orders = rules.entriesHoldPositions || role.memory !== null ? [false] : [false, true];
  for (const blocksFirst of orders) {
    const memory = role.memory ?? readJournal(state, rules, { time: role.time, blocksFirst });
    const reading = role.memory === null ? 'reads the journal to its end' : '';
    const order = blocksFirst ? ' (blocks before registrations)' : '';
    const parts = [claiming, `${reading}${order}`].filter((part) => part !== '');
    add(
      'step',
      () => `${owner(at)} ${parts.join(', ')} and begins`,
      withPartition(state, at, { ...role, running: true, memory }),
    );
  }
}

type Target = 'snapshots' | 'events' | 'journal';

function claimTargets(rules: Rules): readonly Target[] {
  const snapshots: Target[] = rules.snapshots === 'claimed' ? ['snapshots'] : [];
  if (rules.claims === 'nothing') return snapshots;
  if (rules.claims === 'journal only') return [...snapshots, 'journal'];
  const outputs: Target[] = rules.claimsSnapshotsFirst ? [...snapshots, 'events'] : ['events', ...snapshots];
  return rules.claimsJournalLast ? [...outputs, 'journal'] : ['journal', ...outputs];
}

function withClaim(state: State, rules: Rules, target: Target, epoch: number): State {
  const claim = { kind: 'claim', epoch } as const;
  if (target === 'journal') return withJournalRecord(state, claim, rules.entriesAreNumbered);
  if (target === 'events') return { ...state, events: [...state.events, claim] };
  return { ...state, snapshot: { ...state.snapshot, epoch: Math.max(state.snapshot.epoch, epoch) } };
}

/** What stands in the journal up to the snapshot is let go with it. */
function writeSnapshot(state: State, rules: Rules, at: number, role: PartitionRole, memory: PartitionMemory, add: Add) {
  const { snapshot } = state;
  if (rules.snapshots === 'none' || memory.number <= snapshot.memory.number) return;
  if (rules.snapshots === 'claimed' && role.epoch !== snapshot.epoch) {
    add('chance', () => `${owner(at)} finds a higher claim on snapshots and stops`, withPartition(state, at, null));
    return;
  }
  const journal = state.journal.filter((record) => record.kind === 'claim' || record.number > memory.number);
  const sent = rules.snapshotsHoldUnsent ? memory.sent : memory.facts.length;
  add(
    'chance',
    () =>
      `${owner(at)} writes a snapshot of everything through entry ${memory.number} and lets the journal go up to there`,
    { ...state, journal, snapshot: { ...snapshot, memory: { ...memory, sent } } },
  );
}

/** Every way to go on with the inputs: as far as it may have read each. */
function writeEntries(
  state: State,
  rules: Rules,
  at: number,
  role: PartitionRole,
  memory: PartitionMemory,
  add: Add,
): void {
  if (role.unwritten !== null) {
    const entry = role.unwritten;
    const stored = withJournalRecord(state, entry, rules.entriesAreNumbered);
    add(
      'step',
      () => `${owner(at)} writes ${entryText(entry)} to the journal`,
      withPartition(stored, at, { ...role, unwritten: null }),
    );
    return;
  }
  const entries = role.uncertain === null ? possibleEntries(state, role, memory) : [role.uncertain];
  for (const entry of entries) {
    if (rules.journalsFirst) journalEntry(state, rules, at, role, memory, entry, add);
    else {
      const origin = rules.entriesAreNumbered ? entry.number : state.journalEnd;
      const next = applied(memory, { ...entry, origin });
      add(
        'step',
        () => `${owner(at)} applies ${entryText(entry)} and has not written it`,
        withPartition(state, at, { ...role, memory: next, unwritten: entry }),
      );
    }
  }
}

function possibleEntries(state: State, role: PartitionRole, memory: PartitionMemory): Entry[] {
  const entries: Entry[] = [];
  for (let registrations = memory.registrations; registrations <= state.registrations; registrations += 1) {
    for (let blocks = memory.blocks; blocks <= state.blocks; blocks += 1) {
      const taken = registrations + blocks - memory.registrations - memory.blocks;
      const number = memory.number + 1;
      if (taken > 0)
        entries.push({
          kind: 'entry',
          epoch: role.epoch,
          number,
          origin: number,
          registrations,
          blocks,
          taken,
          time: role.time,
        });
    }
  }
  return entries;
}

function journalEntry(
  state: State,
  rules: Rules,
  at: number,
  role: PartitionRole,
  memory: PartitionMemory,
  entry: Entry,
  add: Add,
): void {
  const stored = withJournalRecord(state, entry, rules.entriesAreNumbered);
  add(
    'step',
    () =>
      `${owner(at)} writes ${entryText(entry)} to the journal and applies ${rules.readsBack ? 'what it reads back' : 'it'}`,
    withPartition(stored, at, afterWriting(stored, rules, role, memory, entry)),
  );
  if (state.faultsLeft === 0) return;
  const late = { to: 'journal', record: entry } as const;
  const uncertain = rules.repeatsExactly ? entry : null;
  add(
    'fault',
    () => `${owner(at)} writes ${entryText(entry)} to the journal and hears nothing: it is still on its way`,
    withPartition({ ...state, late: [...state.late, late] }, at, { ...role, uncertain }),
  );
}

/** The owner takes its write for done; or it looks what stands in the journal now. */
function afterWriting(
  state: State,
  rules: Rules,
  role: PartitionRole,
  memory: PartitionMemory,
  entry: Entry,
): PartitionRole | null {
  if (!rules.readsBack) {
    const origin = rules.entriesAreNumbered ? entry.number : state.journalEnd - 1;
    return { ...role, uncertain: null, memory: applied(memory, { ...entry, origin }) };
  }
  if (rules.claims !== 'nothing' && highestClaim(state.journal) > role.epoch) return null;
  const read = readJournal(state, rules, { time: role.time, blocksFirst: false });
  return { ...role, uncertain: null, memory: { ...read, sent: memory.sent } };
}

function sendNext(
  state: State,
  rules: Rules,
  at: number,
  role: PartitionRole,
  memory: PartitionMemory,
  add: Add,
): void {
  const fact = memory.facts[memory.sent];
  if (fact === undefined) return;
  const record = { kind: 'event', epoch: role.epoch, fact } as const;
  const sent = { ...role, memory: { ...memory, sent: memory.sent + 1 } };
  add(
    'step',
    () => `${owner(at)} writes ${factText(fact)} to events`,
    withPartition({ ...state, events: [...state.events, record] }, at, sent),
  );
  if (state.faultsLeft === 0) return;
  const late = { ...state, late: [...state.late, { to: 'events', record } as const] };
  add(
    'fault',
    () =>
      `${owner(at)} writes ${factText(fact)} to events and hears nothing: it is still on its way${rules.writesInOrder ? '' : '; it goes on with the next'}`,
    rules.writesInOrder ? late : withPartition(late, at, sent),
  );
}

function entryText(entry: Entry): string {
  return `entry ${entry.number} {registrations to ${entry.registrations}, blocks to ${entry.blocks}, time ${entry.time}}`;
}
