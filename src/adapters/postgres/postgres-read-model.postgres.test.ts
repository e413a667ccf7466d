import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readModelSuite } from '../../../test/conformance/read-model.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { planOf } from '../../../test/harness/postgres-plan.ts';
import type { ReadQuery } from '../../ports/read-model.ts';
import { listTexts } from './postgres-read-model.ts';

describe.skipIf(postgresUrl === null)('with PostgreSQL', () => {
  readModelSuite('PostgreSQL', async () => {
    const rig = await PostgresRig.start();
    const { readModel } = await rig.open();
    const { readModel: otherNode } = await rig.open();
    return { reads: readModel, otherNode, dispose: () => rig.dispose() };
  });

  describe('a list of few among many', () => {
    const everything: ReadQuery = { chain: null, hash: null, subscriber: null, status: null, after: 0, limit: 10 };
    const many = 20_000;
    let rig: PostgresRig;

    /** Untracked ones first, those that are final behind them, and at the end two that are not. */
    beforeEach(async () => {
      rig = await PostgresRig.start();
      await rig.query(
        `INSERT INTO ${rig.schema}.tracked (tenant, id, chain, hash, subscriber, status, version, text)
         SELECT 'one', n, CASE WHEN n > $1 THEN 'eip155:5' ELSE 'eip155:1' END, '0x' || n,
           CASE WHEN n > $1 THEN 'late' ELSE 'early' END, CASE WHEN n > $1 THEN 'pending' ELSE 'finalized' END, n,
           CASE WHEN n > $1 / 2 THEN 'text' END
         FROM generate_series(1, $1::integer + 2) AS n`,
        [many],
      );
      await rig.query(`ANALYZE ${rig.schema}.tracked`);
    });
    afterEach(() => rig.dispose());

    test.each<[string, Partial<ReadQuery>, number]>([
      ['of all that is tracked', {}, 11],
      ['of a status', { status: 'pending' }, 2],
      ['of a status that none has', { status: 'included' }, 0],
      ['of a chain', { chain: 'eip155:5' }, 2],
      ['of a chain that none is on', { chain: 'eip155:9' }, 0],
      ['of a subscriber', { subscriber: 'late' }, 2],
      ['of a hash', { hash: '0x7' }, 0],
    ])('%s passes by nothing else', async (_name, given, count) => {
      await rig.query("SELECT set_config('search_path', $1, false)", [rig.schema]);
      const steps = await planOf(rig, listTexts('one', { ...everything, ...given }));
      expect(steps[0]?.['Actual Rows']).toBe(count);
      for (const step of steps) expect(step['Rows Removed by Filter'] ?? 0).toBeLessThanOrEqual(1);
    });
  });
});
