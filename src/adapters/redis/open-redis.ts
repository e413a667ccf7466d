import type { Random, Scheduler } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { RedisCluster } from './redis-cluster.ts';
import { RedisFailures } from './redis-failures.ts';
import { RedisLiveReport } from './redis-live-report.ts';
import { RedisRateCounter } from './redis-rate-counter.ts';
import { RedisSessionList } from './redis-session-list.ts';
import { RedisStatusCache } from './redis-status-cache.ts';
import { RedisTicketStore } from './redis-ticket-store.ts';
import { RedisWakeUp } from './redis-wake-up.ts';

export interface RedisOptions {
  /** `redis://[user:password@]host:port` (`rediss:` for TLS) of some nodes of the cluster; they tell of the others. */
  readonly nodes: readonly string[];
  /** Before every key and channel. Default `txtrail:`. */
  readonly keyPrefix?: string | undefined;
}

export interface RedisDeps {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** What is done with Redis, over one set of connections. */
export interface OpenRedis {
  readonly wakeUp: RedisWakeUp;
  readonly statusCache: RedisStatusCache;
  readonly liveReport: RedisLiveReport;
  readonly rateCounter: RedisRateCounter;
  readonly ticketStore: RedisTicketStore;
  readonly sessionList: RedisSessionList;
  /** No listener is called after it resolved. */
  close(): Promise<void>;
}

/** Of connecting, and of an answer: whoever needs one has something else to go by. */
const timeoutMs = 1_000;

/** Connects with the first call. Nothing here waits for Redis to be there. */
export function openRedis(options: RedisOptions, { scheduler, random, logger, metrics }: RedisDeps): OpenRedis {
  const named = { keyPrefix: options.keyPrefix ?? 'txtrail:' };
  const cluster = new RedisCluster({ urls: options.nodes, timeoutMs }, { scheduler, logger });
  const failures = new RedisFailures(metrics);
  const wakeUp = new RedisWakeUp(named, { cluster, failures, scheduler, random });
  return {
    wakeUp,
    statusCache: new RedisStatusCache(named, { cluster, failures, metrics }),
    liveReport: new RedisLiveReport(named, { cluster, failures }),
    rateCounter: new RedisRateCounter(named, { cluster, failures }),
    ticketStore: new RedisTicketStore(named, { cluster, failures }),
    sessionList: new RedisSessionList(named, { cluster, failures }),
    close: async () => {
      await wakeUp.close();
      await cluster.close();
    },
  };
}
