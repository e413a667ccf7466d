/**
 * How many events a second the mailbox in PostgreSQL numbers and keeps, in a closed loop, beside the
 * same rows inserted with numbers that are known before, into a table with the same columns and
 * indexes, by as many connections in as many transactions, in turns.
 */
import { Client } from 'pg';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { openPostgres } from '../../src/adapters/postgres/open-postgres.ts';
import { defaultPostgresLimits } from '../../src/adapters/postgres/postgres-options.ts';
import type { EventRecord } from '../../src/core/records/event-record.ts';
import { createMetrics } from '../../src/observability/metrics.ts';
import type { Mailbox } from '../../src/ports/mailbox.ts';
import { eventRecord } from '../../test/harness/event-record.ts';
import { recordingLogger } from '../../test/harness/recording-ports.ts';

export interface MailboxLoad {
  /** Lanes, each with one commit under way. */
  readonly lanes: number;
  /** Events in one commit. */
  readonly batch: number;
  readonly tenants: number;
  readonly commits: number;
}

export interface MailboxRequest {
  readonly url: string;
  readonly schema: string;
  readonly load: MailboxLoad;
  readonly rounds: number;
}

export interface MailboxReply {
  readonly kind: 'rounds';
  readonly rounds: readonly MailboxRound[];
  /** Bytes of an event as it is kept. */
  readonly recordBytes: number;
}

export interface MailboxRound {
  /** Events a second. */
  readonly mailbox: number;
  readonly bare: number;
  /** Events that the mailbox holds more than before. */
  readonly kept: number;
}

const subscribersOfLane = 20;
let sent = 0;

async function run({ url, schema, load, rounds }: MailboxRequest): Promise<MailboxReply> {
  const limits = { ...defaultPostgresLimits, maxConnections: load.lanes };
  const deps = {
    clock: createSystemClock(),
    scheduler: createTimerScheduler(),
    random: createSystemRandom(),
    logger: recordingLogger(),
    metrics: createMetrics({ withProcess: false }),
  };
  const stores = await openPostgres({ url, schema, limits }, deps);
  const bare = await Promise.all(Array.from({ length: load.lanes }, () => bareClient(url, schema)));
  const results: MailboxRound[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await places(stores.mailbox, load);
    const mailbox = await timed(load, (lane, commits) => fillLane(stores.mailbox, lane, commits, load));
    const kept = (await places(stores.mailbox, load)) - before;
    const inserted = await timed(load, (lane, commits) => fillBare(bare[lane] as Client, lane, commits, load));
    results.push({ mailbox, bare: inserted, kept });
  }
  await Promise.all(bare.map((client) => client.end()));
  await stores.close();
  return { kind: 'rounds', rounds: results, recordBytes: JSON.stringify(eventsOf(0, load)[0]).length };
}

async function timed(load: MailboxLoad, fill: (lane: number, commits: number) => Promise<void>): Promise<number> {
  const perLane = Math.ceil(load.commits / load.lanes);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: load.lanes }, (_, lane) => fill(lane, perLane)));
  return (perLane * load.lanes * load.batch) / ((performance.now() - startedAt) / 1_000);
}

async function places(mailbox: Mailbox, load: MailboxLoad): Promise<number> {
  const tenants = Array.from({ length: load.tenants }, (_, n) => `tenant-${n}`);
  const bounds = await Promise.all(tenants.map((tenant) => mailbox.bounds({ tenant, subscriber: null })));
  return bounds.reduce((sum, { latest }) => sum + latest, 0);
}

function eventsOf(lane: number, { batch, tenants }: MailboxLoad): readonly EventRecord[] {
  return Array.from({ length: batch }, () => {
    sent += 1;
    return eventRecord({
      position: sent,
      tenant: `tenant-${lane % tenants}`,
      subscriber: `lane-${lane}-${sent % subscribersOfLane}`,
      transactionId: `tx_${sent.toString(16).padStart(32, '0')}`,
    });
  });
}

async function fillLane(mailbox: Mailbox, lane: number, commits: number, load: MailboxLoad): Promise<void> {
  const hold = await mailbox.take(lane);
  for (let commit = 0; commit < commits; commit += 1) {
    const events = eventsOf(lane, load);
    const last = events.at(-1)?.origin;
    const origins = new Map(last === undefined ? [] : [[last.source, last]]);
    await mailbox.commit(hold, { through: hold.through + (commit + 1) * load.batch, events, origins });
  }
}

async function bareClient(url: string, schema: string): Promise<Client> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("SELECT set_config('search_path', $1, false)", [schema]);
  return client;
}

async function fillBare(client: Client, lane: number, commits: number, load: MailboxLoad): Promise<void> {
  for (let commit = 0; commit < commits; commit += 1) {
    const events = eventsOf(lane, load);
    await client.query({
      name: 'bare',
      text: `
        INSERT INTO bare (tenant, subscriber, seq, place, numbered_ms, type, transaction_id, chain, record)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[],
          $8::text[], $9::text[])`,
      values: [
        events.map(({ tenant }) => tenant),
        events.map(({ subscriber }) => subscriber),
        events.map(({ origin }) => origin.position),
        events.map(({ origin }) => origin.position),
        events.map(({ timeMs }) => timeMs),
        events.map(({ type }) => type),
        events.map(({ transactionId }) => transactionId),
        events.map(({ transaction }) => transaction.chain),
        events.map((event) => JSON.stringify(event)),
      ],
    });
  }
}

process.on('message', (request: MailboxRequest) => {
  void run(request).then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit(0));
