import type { Counter, Gauge, Metrics } from '../../ports/metrics.ts';

export interface KafkaMetrics {
  readonly appendingBytes: Gauge;
  readonly requests: Counter;
  readonly retries: Counter;
}

export function createKafkaMetrics(metrics: Metrics): KafkaMetrics {
  return {
    appendingBytes: metrics.gauge({
      name: 'txtrail_broker_appending_bytes',
      help: 'Bytes handed to the broker and not known to be stored',
    }),
    requests: metrics.counter({
      name: 'txtrail_broker_requests_total',
      help: 'Requests to brokers that carried records, by kind',
      labels: ['kind'],
    }),
    retries: metrics.counter({
      name: 'txtrail_broker_retries_total',
      help: 'Batches and fetches that were tried again',
    }),
  };
}
