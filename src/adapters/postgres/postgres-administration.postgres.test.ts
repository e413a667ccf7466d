import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { auditTrailSuite } from '../../../test/conformance/audit-trail.ts';
import { tenantStoreSuite } from '../../../test/conformance/tenant-store.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import type { AuditTrail } from '../../ports/audit-trail.ts';

describe.skipIf(postgresUrl === null)('with PostgreSQL', () => {
  auditTrailSuite('PostgreSQL', async ({ clock }) => {
    const rig = await PostgresRig.start();
    const { audit } = await rig.open(clock);
    const { audit: otherNode } = await rig.open(clock);
    return { audit, otherNode, dispose: () => rig.dispose() };
  });

  tenantStoreSuite('PostgreSQL', async () => {
    const rig = await PostgresRig.start();
    const { tenants } = await rig.open();
    const { tenants: otherNode } = await rig.open();
    return { tenants, otherNode, dispose: () => rig.dispose() };
  });

  describe('the audit trail in PostgreSQL', () => {
    const entry = { actor: 'node', from: null, action: 'key.made', subject: 'k', tenant: null, facts: {} };
    let rig: PostgresRig;
    let audit: AuditTrail;

    beforeEach(async () => {
      rig = await PostgresRig.start();
      audit = (await rig.open()).audit;
      await audit.append([entry, entry, entry]);
    });
    afterEach(() => rig.dispose());

    test('S25: not even who made the tables changes it by the way', async () => {
      const table = `${rig.schema}.audit`;
      for (const change of [`UPDATE ${table} SET actor = 'x'`, `DELETE FROM ${table}`, `TRUNCATE ${table}`])
        await expect(rig.query(change)).rejects.toThrow('only appended to');
      expect(await audit.verify()).toMatchObject({ kind: 'whole', entries: 3 });
    });

    test('S25: who takes the lock off and changes or removes an entry is found', async () => {
      const table = `${rig.schema}.audit`;
      await rig.query(`ALTER TABLE ${table} DISABLE TRIGGER USER`);
      await rig.query(`UPDATE ${table} SET actor = 'somebody else' WHERE number = 2`);
      expect(await audit.verify()).toEqual({ kind: 'broken', number: 2 });
      await rig.query(`UPDATE ${table} SET actor = 'node' WHERE number = 2`);
      expect(await audit.verify()).toMatchObject({ kind: 'whole' });
      await rig.query(`DELETE FROM ${table} WHERE number = 1`);
      expect(await audit.verify()).toEqual({ kind: 'broken', number: 1 });
    });

    test('F25: an entry whose answer was lost is written once', async () => {
      const { proxy, options } = await rig.proxied();
      const { audit: proxied } = await rig.open(undefined, options);
      await proxied.page(0, 1);
      proxy.loseNext('INSERT 0 1\0');
      const [appended] = await proxied.append([{ ...entry, subject: 'once' }]);
      expect(appended?.number).toBe(4);
      expect(await audit.verify()).toMatchObject({ kind: 'whole', entries: 4 });
    });
  });
});
