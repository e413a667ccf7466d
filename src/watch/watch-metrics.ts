import type { Counter, Gauge, Histogram, Metrics } from '../ports/metrics.ts';

/** Every figure of a watcher; each carries the chain as a label. */
export interface WatchMetrics {
  readonly headNumber: Gauge;
  readonly headAgeSeconds: Gauge;
  readonly headLagBlocks: Gauge;
  readonly reorgDepthBlocks: Histogram;
  readonly blockLatencySeconds: Histogram;
  readonly catchUpBlocks: Gauge;
  readonly providerState: Gauge;
  readonly leaderChanges: Counter;
  readonly socketRestarts: Counter;
  readonly waiting: Gauge;
  readonly forgotten: Counter;
  readonly submissions: Counter;
  readonly refreshes: Counter;
}

export function createWatchMetrics(metrics: Metrics): WatchMetrics {
  const chain = ['chain'];
  return {
    headNumber: metrics.gauge({
      name: 'txtrail_watch_head_number',
      help: 'Number of the head that is followed.',
      labels: chain,
    }),
    headAgeSeconds: metrics.gauge({
      name: 'txtrail_watch_head_age_seconds',
      help: 'Time since the followed head last changed.',
      labels: chain,
    }),
    headLagBlocks: metrics.gauge({
      name: 'txtrail_watch_head_lag_blocks',
      help: 'Blocks between the best head any provider shows and the one followed.',
      labels: chain,
    }),
    reorgDepthBlocks: metrics.histogram({
      name: 'txtrail_watch_reorg_depth_blocks',
      help: 'Reorgs by the number of blocks that left the canonical chain.',
      labels: chain,
      buckets: [1, 2, 3, 7, 32, 64, 128, 512],
    }),
    blockLatencySeconds: metrics.histogram({
      name: 'txtrail_watch_block_latency_seconds',
      help: "From a block's own timestamp to when it was first seen.",
      labels: chain,
      buckets: [0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 60],
    }),
    catchUpBlocks: metrics.gauge({
      name: 'txtrail_watch_catch_up_blocks',
      help: 'Blocks that are announced and not yet applied.',
      labels: chain,
    }),
    providerState: metrics.gauge({
      name: 'txtrail_watch_provider_state',
      help: '1 for the state that a provider is in, 0 for the others.',
      labels: ['chain', 'provider', 'state'],
    }),
    leaderChanges: metrics.counter({
      name: 'txtrail_watch_leader_changes_total',
      help: 'How often another provider became the one whose head is followed.',
      labels: chain,
    }),
    socketRestarts: metrics.counter({
      name: 'txtrail_watch_socket_restarts_total',
      help: 'Sockets that were open but deaf and were made anew.',
      labels: ['chain', 'provider'],
    }),
    ...questionMetrics(metrics),
  };
}

/** What is asked of providers about single transactions. */
function questionMetrics(metrics: Metrics): Pick<WatchMetrics, 'waiting' | 'forgotten' | 'submissions' | 'refreshes'> {
  return {
    waiting: metrics.gauge({
      name: 'txtrail_watch_waiting',
      help: 'Questions and sends that wait for providers, by kind.',
      labels: ['chain', 'kind'],
    }),
    forgotten: metrics.counter({
      name: 'txtrail_watch_forgotten_total',
      help: 'Questions and sends given up at a bound, to be asked again by the core.',
      labels: ['chain', 'kind'],
    }),
    submissions: metrics.counter({
      name: 'txtrail_watch_submissions_total',
      help: 'Broadcasts by their outcome.',
      labels: ['chain', 'outcome'],
    }),
    refreshes: metrics.counter({
      name: 'txtrail_watch_refreshes_total',
      help: 'Times that every provider was asked for one transaction, by outcome.',
      labels: ['chain', 'outcome'],
    }),
  };
}
