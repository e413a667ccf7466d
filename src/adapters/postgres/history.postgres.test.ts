import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyStoreSuite, leaveThrough } from '../../../test/conformance/history-store.ts';
import { eventRecord } from '../../../test/harness/event-record.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { historyStretchMs } from '../../ports/history-store.ts';

const dayMs = 24 * 3_600_000;

describe.skipIf(postgresUrl === null)('the history in PostgreSQL', () => {
  historyStoreSuite('PostgreSQL', async ({ clock }) => {
    const rig = await PostgresRig.start();
    const { mailbox } = await rig.open(clock);
    return { history: mailbox, leave: leaveThrough(mailbox, clock), dispose: () => rig.dispose() };
  });

  let rig: PostgresRig;

  beforeEach(async () => {
    rig = await PostgresRig.start();
  });
  afterEach(() => rig.dispose());

  async function hasTimescale(): Promise<boolean> {
    const rows = await rig.query("SELECT FROM pg_extension WHERE extname = 'timescaledb'");
    return rows.length > 0;
  }

  test('is a hypertable where the extension is installed, and partitioned by time elsewhere', async () => {
    const isTimescale = await hasTimescale();
    const [available] = await rig.query(
      "SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb'",
    );
    if (!isTimescale) {
      const why =
        available === undefined ? 'this server does not have it' : 'it is there and not installed in the database';
      console.log(`timescaledb: ${why}; the history was tested with native partitions only`);
    }
    const [table] = await rig.query('SELECT relkind FROM pg_class WHERE oid = $1::regclass', [`${rig.schema}.history`]);
    expect(table).toEqual({ relkind: isTimescale ? 'r' : 'p' });
  });

  test('makes the stretches that it needs, however old the events, and drops whole ones', async () => {
    const clock = manualClock();
    const { mailbox } = await rig.open(clock);
    const hold = await mailbox.take(0);
    for (let week = 0; week < 4; week += 1) {
      const events = [eventRecord({ subscriber: 'alice' }), eventRecord({ subscriber: 'bob' })];
      await mailbox.commit(hold, { through: week + 1, events, origins: new Map() });
      clock.nowMs += historyStretchMs;
    }
    expect((await mailbox.retain(clock.nowMs, clock.nowMs - 30 * dayMs)).removed).toBe(8);
    const placesLeft = async () => (await mailbox.history('default', 'tx_1', 0, 100)).events.map(({ place }) => place);
    expect(await placesLeft()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    await mailbox.retainHistory(clock.nowMs, 2 * historyStretchMs);
    expect(await placesLeft()).toEqual([5, 6, 7, 8]);
    await mailbox.retainHistory(clock.nowMs, 2 * historyStretchMs);
    expect(await placesLeft()).toEqual([5, 6, 7, 8]);
  });

  test('F41: a clock that was half a century off makes a stretch for what it numbered, and none for the time between', async () => {
    const clock = manualClock();
    const { mailbox } = await rig.open(clock);
    const hold = await mailbox.take(0);
    for (const nowMs of [clock.nowMs, 1_000, clock.nowMs]) {
      clock.nowMs = nowMs;
      await mailbox.commit(hold, { through: 1, events: [eventRecord({ subscriber: 'alice' })], origins: new Map() });
    }
    expect((await mailbox.retain(clock.nowMs + dayMs, clock.nowMs)).removed).toBe(3);
    if (await hasTimescale()) return;
    const stretches = await rig.query('SELECT inhrelid FROM pg_inherits WHERE inhparent = $1::regclass', [
      `${rig.schema}.history`,
    ]);
    expect(stretches).toHaveLength(2);
  });

  test('two that give up at once, an old keeper and a new one, make each stretch once', async () => {
    const clock = manualClock();
    const { mailbox } = await rig.open(clock);
    const { mailbox: otherNode } = await rig.open(clock);
    const hold = await mailbox.take(0);
    for (let week = 0; week < 12; week += 1) {
      await mailbox.commit(hold, { through: week, events: [eventRecord({ subscriber: 'alice' })], origins: new Map() });
      clock.nowMs += historyStretchMs;
      const kept = await Promise.all([mailbox, otherNode].map((node) => node.retain(clock.nowMs, 0)));
      expect(kept.reduce((sum, { removed }) => sum + removed, 0)).toBe(1);
    }
  });

  test('what cannot be moved stays in the mailbox, whole', async () => {
    const clock = manualClock();
    const { mailbox } = await rig.open(clock);
    const hold = await mailbox.take(0);
    await mailbox.commit(hold, { through: 1, events: [eventRecord({ subscriber: 'alice' })], origins: new Map() });
    await rig.query(`REVOKE INSERT ON ${rig.schema}.history FROM ${rig.schema}_worker`);
    await expect(mailbox.retain(clock.nowMs + dayMs, clock.nowMs)).rejects.toMatchObject({
      code: 'store_misconfigured',
    });
    const scope = { tenant: 'default', subscriber: 'alice' };
    expect(await mailbox.bounds(scope)).toEqual({ oldest: 0, latest: 1 });
    await rig.query(`GRANT INSERT ON ${rig.schema}.history TO ${rig.schema}_worker`);
    expect((await mailbox.retain(clock.nowMs + dayMs, clock.nowMs)).removed).toBe(1);
  });

  test('S01: a partition is no way round the wall between tenants', async () => {
    const clock = manualClock();
    const { mailbox } = await rig.open(clock);
    const hold = await mailbox.take(0);
    const events = ['one', 'two'].map((tenant) => eventRecord({ tenant, subscriber: 'alice' }));
    await mailbox.commit(hold, { through: 2, events, origins: new Map() });
    await mailbox.retain(clock.nowMs + dayMs, clock.nowMs);
    expect((await mailbox.history('one', 'tx_1', 0, 10)).events).toHaveLength(1);
    const open = await rig.query(
      `SELECT c.relname FROM pg_class AS c WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')
       AND c.relname LIKE 'history%' AND (NOT c.relrowsecurity
         OR (c.relispartition AND has_table_privilege($2, c.oid, 'SELECT')))`,
      [rig.schema, `${rig.schema}_tenant`],
    );
    expect(open).toEqual([]);
  });
});
