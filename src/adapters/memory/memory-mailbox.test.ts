import { expect, test } from 'vitest';
import { historyStoreSuite, leaveThrough } from '../../../test/conformance/history-store.ts';
import { mailboxSuite } from '../../../test/conformance/mailbox.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { MemoryMailbox } from './memory-mailbox.ts';

mailboxSuite('memory', async ({ clock }) => {
  const mailbox = new MemoryMailbox({ clock });
  return {
    mailbox,
    otherNode: mailbox,
    loseNextAnswer: () => mailbox.failNextCommit('answer_lost'),
    dispose: async () => undefined,
  };
});

historyStoreSuite('memory mailbox', async ({ clock }) => {
  const mailbox = new MemoryMailbox({ clock });
  return { history: mailbox, leave: leaveThrough(mailbox, clock), dispose: async () => undefined };
});

test('a commit that is refused changes nothing', async () => {
  const mailbox = new MemoryMailbox({ clock: manualClock() });
  const hold = await mailbox.take(0);
  mailbox.failNextCommit('refused');
  const batch = { through: 5, events: [], origins: new Map() };
  await expect(mailbox.commit(hold, batch)).rejects.toMatchObject({ code: 'store_unavailable' });
  expect((await mailbox.take(0)).through).toBe(0);
});
