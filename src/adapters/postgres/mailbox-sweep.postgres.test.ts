import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { rowsRead } from '../../../test/harness/postgres-plan.ts';
import { agedStreams } from './retention-statements.ts';

describe.skipIf(postgresUrl === null)('what retention looks at', () => {
  let rig: PostgresRig;

  beforeEach(async () => {
    rig = await PostgresRig.start();
    await rig.query("SELECT set_config('search_path', $1, false)", [rig.schema]);
    await rig.query(
      `INSERT INTO mailbox (tenant, subscriber, seq, place, numbered_ms, type, transaction_id, chain, record)
       SELECT 'one', 's' || n % 300, n / 300 + 1, n, n, 'transaction.pending', 'tx', 'eip155:1', '{}'
       FROM generate_series(0, 29999) AS n`,
    );
    await rig.query("INSERT INTO streams SELECT 'one', 's' || n, 100 FROM generate_series(0, 299) AS n");
    await rig.query('ANALYZE mailbox');
  });
  afterEach(() => rig.dispose());

  const page = { after: { tenant: '', subscriber: '' }, limit: 500, most: 10, chunk: 2_000 };

  test('is no more than goes in one call, however much there is', async () => {
    expect(await rowsRead(rig, agedStreams({ ...page, youngMs: 99_999, oldMs: 99_999 }), 'mailbox')).toBeLessThan(
      3_000,
    );
  });

  test('is one event a stream where all is young', async () => {
    expect(await rowsRead(rig, agedStreams({ ...page, youngMs: 0, oldMs: 0 }), 'mailbox')).toBeLessThanOrEqual(300);
  });
});
