import { liveReportSuite } from '../../../test/conformance/live-report.ts';
import { rateCounterSuite } from '../../../test/conformance/rate-counter.ts';
import { sessionListSuite } from '../../../test/conformance/session-list.ts';
import { statusCacheSuite } from '../../../test/conformance/status-cache.ts';
import { ticketStoreSuite } from '../../../test/conformance/ticket-store.ts';
import { wakeUpSuite } from '../../../test/conformance/wake-up.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { MemoryLiveReport } from './memory-live-report.ts';
import { MemoryRateCounter } from './memory-rate-counter.ts';
import { MemorySessionList } from './memory-session-list.ts';
import { MemoryStatusCache } from './memory-status-cache.ts';
import { MemoryTicketStore } from './memory-ticket-store.ts';
import { MemoryWakeUp } from './memory-wake-up.ts';

const timed = () => {
  const clock = manualClock();
  const pass = async (durationMs: number): Promise<void> => {
    clock.nowMs += durationMs;
  };
  return { clock, pass, dispose: async () => undefined };
};

statusCacheSuite('memory', async () => {
  const { clock, ...rest } = timed();
  const cache = new MemoryStatusCache({ clock });
  return { cache, otherNode: cache, ...rest };
});

liveReportSuite('memory', async () => {
  const { clock, ...rest } = timed();
  const report = new MemoryLiveReport({ clock });
  return { report, otherNode: report, ...rest };
});

rateCounterSuite('memory', async () => {
  const { clock, ...rest } = timed();
  const counter = new MemoryRateCounter({ clock });
  return { counter, otherNode: counter, ...rest };
});

ticketStoreSuite('memory', async () => {
  const { clock, ...rest } = timed();
  const store = new MemoryTicketStore({ clock });
  return { store, otherNode: store, ...rest };
});

sessionListSuite('memory', async () => {
  const { clock, ...rest } = timed();
  const sessions = new MemorySessionList({ clock });
  return { sessions, otherNode: sessions, ...rest };
});

wakeUpSuite('memory', async () => {
  const wakeUp = new MemoryWakeUp();
  return { wakeUp, otherNode: wakeUp, dispose: async () => undefined };
});
