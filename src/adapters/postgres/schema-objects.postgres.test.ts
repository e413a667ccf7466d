import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { recordingLogger } from '../../../test/harness/recording-ports.ts';
import { inspectPostgres } from './inspect-postgres.ts';
import { migratePostgres } from './migrate-postgres.ts';
import { allMigrations } from './migrations/all-migrations.ts';
import { type FoundObject, selectObjects } from './schema-objects.ts';

const deps = { logger: recordingLogger() };

describe.skipIf(postgresUrl === null)('what the migrations made', () => {
  let rig: PostgresRig;
  beforeEach(async () => {
    rig = await PostgresRig.start();
  });
  afterEach(() => rig.dispose());

  /** A start, the doctor and a migration all refuse it with the same words. */
  async function refusal(): Promise<string> {
    const refused = (await rig.open().then(
      () => null,
      (error: unknown) => error,
    )) as { readonly code: string; readonly message: string };
    expect(refused).toMatchObject({ code: 'store_incomplete', facts: { where: expect.stringContaining(rig.schema) } });
    const { code, message } = refused;
    expect((await inspectPostgres(rig.options, deps)).tableFault).toEqual({ code, message });
    await expect(migratePostgres(rig.options, deps)).rejects.toMatchObject({ code, message });
    return message;
  }

  test('is all that stands in the schema, and all of it is named', async () => {
    const found = (await rig.query(selectObjects, [rig.schema])) as unknown as readonly FoundObject[];
    const made = [...allMigrations.flatMap(({ makes }) => makes), 'table migrations'];
    expect(found.map(({ object }) => object).sort()).toEqual(made.sort());
  });

  test('is missed where a table was renamed; its name given back, all is well', async () => {
    await rig.query(`ALTER TABLE ${rig.schema}.answers RENAME TO answers_away`);
    const message = await refusal();
    expect(message).toContain('is not all there: table answers. It was renamed or dropped');
    await rig.query(`ALTER TABLE ${rig.schema}.answers_away RENAME TO answers`);
    await rig.open();
  });

  test('is missed where a policy, a function or a trigger was dropped', async () => {
    await rig.query(`DROP POLICY own_rows ON ${rig.schema}.mailbox`);
    await rig.query(`DROP FUNCTION ${rig.schema}.history_drop`);
    await rig.query(`DROP TRIGGER append_only ON ${rig.schema}.audit`);
    expect(await refusal()).toContain(
      'policy own_rows on mailbox, trigger append_only on audit, function history_drop. It',
    );
  });

  test('is told where its row of the list was taken away, with the statement that puts it back', async () => {
    const last = allMigrations.length;
    await rig.query(`DELETE FROM ${rig.schema}.migrations WHERE number >= 4`);
    for (let number = 4; number <= last; number += 1) {
      const error: Error = await migratePostgres(rig.options, deps).then(
        () => new Error('it was not refused'),
        (refused: Error) => refused,
      );
      expect(error).toMatchObject({ code: 'store_incomplete', facts: { migration: allMigrations[number - 1]?.name } });
      await rig.query(/INSERT INTO .*;/.exec(error.message)?.[0] ?? '');
    }
    expect(await migratePostgres(rig.options, deps)).toEqual([]);
  });

  test('is told where a row in the middle of the list was taken away', async () => {
    await rig.query(`DELETE FROM ${rig.schema}.migrations WHERE number = 2`);
    expect(await refusal()).toContain(`has later ones and not ${allMigrations[1]?.name}`);
  });
});
