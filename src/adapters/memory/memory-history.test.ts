import { historyArchiveSuite, historyStoreSuite, leaveFor } from '../../../test/conformance/history-store.ts';
import { MemoryHistory } from './memory-history.ts';

historyStoreSuite('memory', async ({ clock }) => {
  const history = new MemoryHistory();
  return { history, leave: leaveFor(history, clock), dispose: async () => undefined };
});

historyArchiveSuite('memory', async () => {
  const archive = new MemoryHistory();
  return { archive, reopen: async () => archive, dispose: async () => undefined };
});
