import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';

export interface LogMetrics {
  readonly appendedRecords: Counter;
  readonly appendedBytes: Counter;
  readonly refusedAppends: Counter;
  readonly syncSeconds: Histogram;
  readonly groupBytes: Histogram;
  readonly waitingBytes: Gauge;
  readonly segments: Gauge;
  readonly tornBytes: Counter;
  readonly staleRecords: Counter;
}

export function createLogMetrics(metrics: Metrics): LogMetrics {
  return {
    appendedRecords: metrics.counter({ name: 'txtrail_log_appended_records_total', help: 'Records made durable' }),
    appendedBytes: metrics.counter({ name: 'txtrail_log_appended_bytes_total', help: 'Bytes made durable' }),
    refusedAppends: metrics.counter({
      name: 'txtrail_log_refused_appends_total',
      help: 'Appends refused because too many bytes waited to become durable',
    }),
    syncSeconds: metrics.histogram({
      name: 'txtrail_log_sync_seconds',
      help: 'Time to write and sync one group',
      buckets: [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
    }),
    groupBytes: metrics.histogram({
      name: 'txtrail_log_group_bytes',
      help: 'Bytes made durable by one sync',
      buckets: [512, 2048, 8192, 32768, 131072, 524288, 2097152, 8388608],
    }),
    waitingBytes: metrics.gauge({ name: 'txtrail_log_waiting_bytes', help: 'Bytes that wait to become durable' }),
    segments: metrics.gauge({ name: 'txtrail_log_segments', help: 'Segment files kept' }),
    tornBytes: metrics.counter({ name: 'txtrail_log_torn_bytes_total', help: 'Bytes of torn tails cut off at start' }),
    staleRecords: metrics.counter({
      name: 'txtrail_log_stale_records_total',
      help: 'Records that were read and ignored because their writer had been followed by another',
    }),
  };
}
