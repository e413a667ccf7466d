import type { Counter, Gauge, Histogram, Metrics } from '../../ports/metrics.ts';

export interface JournalMetrics {
  readonly entries: Counter;
  readonly entryRecords: Histogram;
  readonly appendSeconds: Histogram;
  readonly voidRecords: Counter;
  readonly waitingBytes: Gauge;
  readonly bufferedBytes: Gauge;
  readonly refusedAppends: Counter;
}

export function createJournalMetrics(metrics: Metrics): JournalMetrics {
  return {
    entries: metrics.counter({ name: 'txtrail_journal_entries_total', help: 'Entries written to journals' }),
    entryRecords: metrics.histogram({
      name: 'txtrail_journal_entry_records',
      help: 'Records that one entry of a journal stands for',
      buckets: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 4096],
    }),
    appendSeconds: metrics.histogram({
      name: 'txtrail_journal_append_seconds',
      help: 'Time until an entry stands in its journal',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30],
    }),
    voidRecords: metrics.counter({
      name: 'txtrail_journal_void_records_total',
      help: 'Records of journals that were read and left aside because their writer had been followed by another',
    }),
    waitingBytes: metrics.gauge({
      name: 'txtrail_journal_waiting_bytes',
      help: 'Appended and not standing yet, by unit',
      labels: ['unit'],
    }),
    bufferedBytes: metrics.gauge({
      name: 'txtrail_journal_buffered_bytes',
      help: 'Read from the inputs and in no entry yet, by unit',
      labels: ['unit'],
    }),
    refusedAppends: metrics.counter({
      name: 'txtrail_log_refused_appends_total',
      help: 'Appends refused because too many bytes waited to become durable',
    }),
  };
}
