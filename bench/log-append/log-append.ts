import type { Bench, BenchContext } from '../rig/bench.ts';
import { spread, type Spread } from '../rig/figures.ts';
import { Worker } from '../rig/worker.ts';
import { amount, count, ratio, spreadWords, table } from '../report/words.ts';
import type { AppendLoad, AppendReply, AppendRequest } from './append-process.ts';

export interface LogAppendFigures {
  readonly rounds: number;
  readonly loads: readonly LoadFigures[];
}

interface LoadFigures extends AppendLoad {
  /** Records a second. */
  readonly log: Spread;
  readonly bare: Spread;
  readonly groupBytes: Spread;
}

const loads: Readonly<Record<'full' | 'quick', readonly AppendLoad[]>> = {
  full: [
    { writers: 1, batch: 1, appends: 2_000 },
    { writers: 256, batch: 1, appends: 100_000 },
    { writers: 4_096, batch: 1, appends: 300_000 },
    { writers: 8, batch: 1_000, appends: 500 },
  ],
  quick: [{ writers: 16, batch: 1, appends: 500 }],
};

export const logAppendBench: Bench<LogAppendFigures> = {
  name: 'log-append',
  section,
  run: async (context) => {
    const rounds = context.size === 'quick' ? 1 : 5;
    const figures: LoadFigures[] = [];
    for (const load of loads[context.size]) figures.push(await measure(context, load, rounds));
    const appended = figures.filter(({ log }) => log.min > 0).length;
    const checks = [{ what: 'loads that the log took to its end', expected: figures.length, actual: appended }];
    return { figures: { rounds, loads: figures }, checks };
  },
};

async function measure(context: BenchContext, load: AppendLoad, rounds: number): Promise<LoadFigures> {
  const file = new URL('./append-process.ts', import.meta.url);
  const worker = new Worker<AppendRequest, AppendReply>(context.cores.server, file);
  try {
    const reply = await worker.ask({ load, rounds, directory: context.directory }, 'rounds');
    const figures = {
      ...load,
      log: spread(reply.rounds.map(({ log }) => log)),
      bare: spread(reply.rounds.map(({ bare }) => bare)),
      groupBytes: spread(reply.rounds.map(({ groupBytes }) => groupBytes)),
    };
    context.say(
      `${load.writers} writers × ${load.batch}: log ${figures.log.median}/s, bare loop ${figures.bare.median}/s`,
    );
    return figures;
  } finally {
    await worker.stop();
  }
}

function section({ rounds, loads: measured }: LogAppendFigures): string {
  return [
    '## The embedded log',
    '',
    `Records of 300 bytes a second, in a closed loop, medians of ${rounds} rounds (least–most), beside a loop of write and fdatasync of the same bytes in the same groups, in turns with it. The bare loop's calls block, and nothing is encoded, checked or told.`,
    '',
    table(
      ['writers × records', 'log, records/s', 'bare loop, records/s', 'ratio', 'kilobytes a group'],
      measured.map(({ writers, batch, log, bare, groupBytes }) => [
        `${count(writers)} × ${count(batch)}`,
        spreadWords(log),
        spreadWords(bare),
        ratio(log.median, bare.median),
        amount(groupBytes.median / 1_000),
      ]),
    ),
    '',
    'With one writer the sync of the disk limits both. With many, what the log does beside it, encoding, checksums and telling each writer, is what the ratio shows.',
  ].join('\n');
}
