import { type Mutant, usualSeeds as seeds } from './mutant.ts';

const log = 'src/adapters/segment-log';

/** Bugs in what makes records durable and brings them back. */
export const logMutants: readonly Mutant[] = [
  {
    name: 'acknowledged_before_the_flush',
    what: 'A record counts as durable once it is written; the flush is not waited for.',
    edits: [
      {
        file: `${log}/segment-writer.ts`,
        find: 'await this.#file.dataSync();',
        replace: 'this.#file.dataSync().catch(() => undefined);',
      },
    ],
    seeds,
  },
  {
    name: 'never_flushed',
    what: 'Groups are written and never flushed.',
    edits: [{ file: `${log}/segment-writer.ts`, find: 'await this.#file.dataSync();', replace: '' }],
    seeds,
  },
  {
    name: 'failed_flush_passed_over',
    what: 'A flush that fails is passed over, and the log goes on.',
    edits: [
      {
        file: `${log}/segment-writer.ts`,
        find: 'await this.#file.dataSync();',
        replace: 'await this.#file.dataSync().catch(() => undefined);',
      },
    ],
    seeds,
  },
  {
    name: 'last_group_not_written_again',
    what: 'After a failed flush and a restart, what was written last is flushed again but not written again.',
    edits: [
      {
        file: `${log}/open-segment-log.ts`,
        find: 'await rewriteLastGroup(tail, segments.at(-1) as Segment, scan);',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'name_of_a_segment_not_flushed',
    what: "A new segment's name in the directory is not made durable.",
    edits: [
      {
        file: `${log}/segment-writer.ts`,
        find: 'await this.#deps.disk.syncDirectory();',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'torn_tail_missed',
    what: 'A write that was cut short is not cut off at the next start.',
    edits: [
      {
        file: `${log}/open-segment-log.ts`,
        find: 'await repairTail(tail, segments.at(-1) as Segment, scan, logger, metrics);',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'damage_taken_for_a_torn_tail',
    what: 'A damaged record in the last segment is cut off with all that follows it, though that was durable.',
    edits: [
      {
        file: `${log}/recovery-scan.ts`,
        find: 'if (later !== null) throw corruptError',
        replace: 'if (later !== null && later < bad.position) throw corruptError',
      },
    ],
    seeds,
  },
  {
    name: 'checksum_not_compared',
    what: 'Records are read without comparing their checksum.',
    edits: [
      {
        file: `${log}/record-format.ts`,
        find: '!== bytes.readUInt32LE(offset + 4)) {',
        replace: '< 0) {',
      },
    ],
    seeds,
  },
  {
    name: 'applied_before_journal',
    what: 'Records are applied, and what follows from them is told, before they are on the disk.',
    edits: [
      {
        file: `${log}/segment-log.ts`,
        find: '        await this.#parts.writer.write(group);',
        replace:
          '        this.#followers.onGroup(group.records, group.end);\n        await this.#parts.writer.write(group);',
      },
      {
        file: `${log}/segment-log.ts`,
        find: '    group.resolve();\n    this.#followers.onGroup(group.records, group.end);',
        replace: '    group.resolve();',
      },
    ],
    seeds,
  },
  {
    name: 'time_skips_the_journal',
    what: 'That time has passed reaches the core directly, without a record.',
    edits: [
      {
        file: 'src/runtime/tracker.ts',
        find: 'const alarm = new Alarm({ clock, scheduler, writer: dispatcher,',
        replace:
          'const tick = (): Parameters<typeof status.apply>[0] => ({ stream: \'journal/0\', position: log.end, timeMs: clock.now(), payload: \'{"kind":"tick"}\' });\n' +
          '  const writer = { write: () => log.append(status.apply(tick())) };\n' +
          '  const alarm = new Alarm({ clock, scheduler, writer,',
      },
    ],
    seeds,
  },
  {
    name: 'acknowledgement_skips_the_journal',
    what: 'An acknowledgement is noted in memory and not written down.',
    edits: [
      {
        file: 'src/notify/lane-reader.ts',
        find: 'await this.#deps.writer.write([{ stream: `acks/${lane}`, payload }], { mayReject: true });',
        replace: 'this.#deps.lanes.lanes()[lane]?.acknowledge(JSON.parse(payload) as AckRecord);',
      },
    ],
    seeds,
  },
  {
    name: 'dispatcher_forgets_what_it_owes',
    what: 'What a crash cut off between an input and what follows from it is not said after the restart.',
    edits: [
      {
        file: 'src/runtime/dispatcher.ts',
        find: 'for (const part of partsOf([...this.#outbox.values()])) await this.#appendOwed(part);',
        replace: 'this.#outbox.clear();',
      },
    ],
    seeds,
  },
  {
    name: 'snapshot_one_record_late',
    what: 'A snapshot says that it stands behind a record which is not in it.',
    edits: [
      {
        file: 'src/runtime/dispatcher.ts',
        find: 'this.#capture({ position: first.position,',
        replace: 'this.#capture({ position: (records[1] ?? first).position,',
      },
    ],
    seeds,
  },
  {
    name: 'replay_begins_one_record_late',
    what: "The replay begins behind the first record after the snapshot's place.",
    edits: [
      {
        file: 'src/runtime/tracker.ts',
        find: 'await stages.dispatcher.replay(from);',
        replace: 'await stages.dispatcher.replay(from === 0 ? 0 : from + 1);',
      },
    ],
    seeds,
  },
  {
    name: 'followed_from_the_wrong_place',
    what: 'What is written while the state is brought back is not applied before the next restart.',
    edits: [
      {
        file: 'src/runtime/dispatcher.ts',
        find: 'const follower = this.#log.follow(this.#followFrom,',
        replace: 'const follower = this.#log.follow(this.#log.end,',
      },
    ],
    seeds,
  },
  {
    name: 'snapshot_content_not_flushed',
    what: 'A snapshot is renamed into its place before its content is durable.',
    edits: [
      {
        file: 'src/adapters/embedded-snapshots/snapshot-file.ts',
        find: 'await file.dataSync();',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'journal_time_goes_back',
    what: 'When the clock of the machine is set back, so is the time by which deadlines fall due.',
    edits: [
      {
        file: 'src/runtime/steady-clock.ts',
        find: 'this.#lastMs = Math.max(this.#clock.now(), this.#lastMs + elapsed);',
        replace: 'this.#lastMs = this.#clock.now() + 0 * elapsed;',
      },
    ],
    seeds,
  },
];
