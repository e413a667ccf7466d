import { describe } from 'vitest';
import { mailboxSuite } from '../../../test/conformance/mailbox.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';

describe.skipIf(postgresUrl === null)('with PostgreSQL', () => {
  mailboxSuite('PostgreSQL', async ({ clock }) => {
    const rig = await PostgresRig.start();
    const { proxy, options } = await rig.proxied();
    const { mailbox } = await rig.open(clock, options);
    const { mailbox: otherNode } = await rig.open(clock);
    return { mailbox, otherNode, loseNextAnswer: () => proxy.loseNext('COMMIT\0'), dispose: () => rig.dispose() };
  });
});
