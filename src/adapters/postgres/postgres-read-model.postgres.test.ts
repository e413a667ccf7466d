import { describe } from 'vitest';
import { readModelSuite } from '../../../test/conformance/read-model.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';

describe.skipIf(postgresUrl === null)('with PostgreSQL', () => {
  readModelSuite('PostgreSQL', async () => {
    const rig = await PostgresRig.start();
    const { readModel } = await rig.open();
    const { readModel: otherNode } = await rig.open();
    return { reads: readModel, otherNode, dispose: () => rig.dispose() };
  });
});
