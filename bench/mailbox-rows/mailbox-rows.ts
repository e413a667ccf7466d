import { PostgresRig, postgresUrl } from '../../test/harness/postgres.ts';
import { count, ratio, spreadWords, table } from '../report/words.ts';
import type { Bench, BenchContext, Check } from '../rig/bench.ts';
import { spread, type Spread } from '../rig/figures.ts';
import { Worker } from '../rig/worker.ts';
import type { MailboxLoad, MailboxReply, MailboxRequest } from './mailbox-process.ts';

export interface MailboxRowsFigures {
  readonly rounds: number;
  readonly recordBytes: number;
  readonly loads: readonly LoadFigures[];
}

interface LoadFigures extends MailboxLoad {
  /** Events a second. */
  readonly mailbox: Spread;
  readonly bare: Spread;
}

interface Measured {
  readonly figures: LoadFigures;
  readonly recordBytes: number;
  readonly check: Check;
}

const loads: Readonly<Record<'full' | 'quick', readonly MailboxLoad[]>> = {
  full: [
    { lanes: 1, batch: 1, tenants: 1, commits: 1_000 },
    { lanes: 1, batch: 100, tenants: 1, commits: 100 },
    { lanes: 8, batch: 1, tenants: 1, commits: 4_000 },
    { lanes: 8, batch: 1, tenants: 8, commits: 4_000 },
    { lanes: 8, batch: 100, tenants: 1, commits: 160 },
    { lanes: 8, batch: 100, tenants: 8, commits: 160 },
    { lanes: 8, batch: 1_000, tenants: 1, commits: 24 },
  ],
  quick: [{ lanes: 2, batch: 10, tenants: 1, commits: 10 }],
};

export const mailboxRowsBench: Bench<MailboxRowsFigures> = {
  name: 'mailbox-rows',
  missing: () => (postgresUrl === null ? 'PostgreSQL, which npm run services starts' : null),
  section,
  run: async (context) => {
    const rounds = context.size === 'quick' ? 1 : 5;
    const measured: Measured[] = [];
    for (const load of loads[context.size]) measured.push(await measure(context, load, rounds));
    const figures = measured.map((one) => one.figures);
    const recordBytes = measured[0]?.recordBytes ?? 0;
    return { figures: { rounds, recordBytes, loads: figures }, checks: measured.map(({ check }) => check) };
  },
};

/** Each load has tables of its own, which nothing was in before. */
async function measure(context: BenchContext, load: MailboxLoad, rounds: number): Promise<Measured> {
  const rig = await PostgresRig.start();
  const file = new URL('./mailbox-process.ts', import.meta.url);
  const worker = new Worker<MailboxRequest, MailboxReply>(context.cores.server, file);
  try {
    await rig.query(`CREATE TABLE ${rig.schema}.bare (LIKE ${rig.schema}.mailbox INCLUDING ALL)`);
    const request = { url: rig.options.url, schema: rig.schema, load, rounds };
    const { rounds: results, recordBytes } = await worker.ask(request, 'rounds');
    const figures = {
      ...load,
      mailbox: spread(results.map(({ mailbox }) => mailbox)),
      bare: spread(results.map(({ bare }) => bare)),
    };
    const { lanes, batch, tenants } = load;
    context.say(
      `${lanes} lanes × ${batch}, ${tenants} tenants: mailbox ${figures.mailbox.median}/s, bare ${figures.bare.median}/s`,
    );
    const expected = rounds * Math.ceil(load.commits / lanes) * lanes * batch;
    const actual = results.reduce((sum, { kept }) => sum + kept, 0);
    const check = { what: `events numbered by ${lanes} lanes × ${batch}, ${tenants} tenants`, expected, actual };
    return { figures, recordBytes, check };
  } finally {
    await worker.stop();
    await rig.dispose();
  }
}

function section({ rounds, recordBytes, loads: measured }: MailboxRowsFigures): string {
  return [
    '## The mailbox in PostgreSQL',
    '',
    `Events of ${count(recordBytes)} bytes a second, numbered and durable, each lane committing again as soon as it is answered; medians of ${rounds} rounds (least–most). Beside them the same rows with numbers that are known before, inserted into a table with the same columns and indexes, by as many connections in as many transactions, in turns. Database and client share the machine.`,
    '',
    table(
      ['lanes × events', 'tenants', 'mailbox, events/s', 'bare insert, events/s', 'ratio'],
      measured.map(({ lanes, batch, tenants, mailbox, bare }) => [
        `${count(lanes)} × ${count(batch)}`,
        count(tenants),
        spreadWords(mailbox),
        spreadWords(bare),
        ratio(mailbox.median, bare.median),
      ]),
    ),
    '',
    "The lanes of one tenant commit one after the other, since a tenant's places become visible in their order: there a commit costs a flush, and only larger batches help. Lanes of different tenants share flushes.",
  ].join('\n');
}
