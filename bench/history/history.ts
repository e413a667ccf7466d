import { amount, count, ratio, spreadWords, table } from '../report/words.ts';
import type { Bench, BenchContext } from '../rig/bench.ts';
import { spread, type Spread } from '../rig/figures.ts';
import { Worker } from '../rig/worker.ts';
import type { HistoryLoad, HistoryReply, HistoryRequest } from './history-process.ts';

export interface HistoryFigures {
  readonly rounds: number;
  readonly recordBytes: number;
  readonly load: HistoryLoad;
  /** Events a second. */
  readonly history: Spread;
  readonly bare: Spread;
  /** Microseconds. */
  readonly batchMedian: Spread;
  readonly batchMax: Spread;
  readonly readMedian: Spread;
  /** Bytes of the file an event. */
  readonly fileBytes: Spread;
}

const loads: Readonly<Record<'full' | 'quick', HistoryLoad>> = {
  full: { batch: 100, batches: 4_000, eventsEach: 5, reads: 2_000 },
  quick: { batch: 50, batches: 4, eventsEach: 5, reads: 10 },
};

export const historyBench: Bench<HistoryFigures> = {
  name: 'history',
  section,
  run: async (context) => {
    const load = loads[context.size];
    const rounds = context.size === 'quick' ? 1 : 3;
    const reply = await measured(context, { directory: context.directory, load, rounds });
    const of = (figure: (round: HistoryReply['rounds'][number]) => number): Spread => spread(reply.rounds.map(figure));
    const figures = {
      rounds,
      load,
      recordBytes: reply.recordBytes,
      history: of(({ history }) => history),
      bare: of(({ bare }) => bare),
      batchMedian: of(({ batchMedian }) => batchMedian),
      batchMax: of(({ batchMax }) => batchMax),
      readMedian: of(({ readMedian }) => readMedian),
      fileBytes: of(({ fileBytes }) => fileBytes),
    };
    const actual = reply.rounds.reduce((sum, { read }) => sum + read, 0);
    const check = { what: 'events read of those asked for', expected: rounds * load.reads * load.eventsEach, actual };
    return { figures, checks: [check] };
  },
};

async function measured(context: BenchContext, request: HistoryRequest): Promise<HistoryReply> {
  const file = new URL('./history-process.ts', import.meta.url);
  const worker = new Worker<HistoryRequest, HistoryReply>(context.cores.server, file);
  try {
    return await worker.ask(request, 'rounds');
  } finally {
    await worker.stop();
  }
}

function section({ rounds, recordBytes, load, ...measure }: HistoryFigures): string {
  const events = load.batch * load.batches;
  return [
    '## The history of the embedded mode',
    '',
    `${count(events)} events of ${count(recordBytes)} bytes, taken into the file of SQLite ${count(load.batch)} at a time, each batch durable; medians of ${rounds} rounds (least–most). Beside it the same texts inserted by the same SQLite into a table of two columns, without index, checksum or encoding. Then the events of a transaction are read, ${count(load.eventsEach)} each, the file in the page cache.`,
    '',
    table(
      ['figure', 'history', 'bare insert', 'ratio'],
      [
        [
          'events/s',
          spreadWords(measure.history),
          spreadWords(measure.bare),
          ratio(measure.history.median, measure.bare.median),
        ],
        ['a batch holds the thread, ms, median', amount(measure.batchMedian.median / 1_000), '', ''],
        ['the longest, ms', amount(measure.batchMax.median / 1_000), '', ''],
        ['one history read, ms, median', amount(measure.readMedian.median / 1_000), '', ''],
        ['the file, bytes an event', count(measure.fileBytes.median), '', ''],
      ],
    ),
    '',
    'It is done once an event, when that is three days old, so what counts is that a batch holds up nobody: deliveries go on between two of them.',
  ].join('\n');
}
