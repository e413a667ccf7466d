import type { Counter, Metrics } from '../ports/metrics.ts';

/** Events that were given their number. */
export function numberedCounter(metrics: Metrics): Counter {
  return metrics.counter({ name: 'txtrail_events_numbered_total', help: 'Events owed to subscribers' });
}

/** Events that had theirs already. */
export function repeatedCounter(metrics: Metrics): Counter {
  return metrics.counter({
    name: 'txtrail_events_repeated_total',
    help: 'Events said again by a source and dropped, since they had their number',
  });
}

/** Events that consumers said they have. */
export function acknowledgedCounter(metrics: Metrics): Counter {
  return metrics.counter({
    name: 'txtrail_events_acknowledged_total',
    help: 'Events acknowledged, counted once a consumer',
  });
}

/** Events that somebody lost. */
export function expiredCounter(metrics: Metrics): Counter {
  return metrics.counter({
    name: 'txtrail_events_expired_total',
    help: 'Events given up at the end of their retention though a known consumer had not acknowledged them',
  });
}
