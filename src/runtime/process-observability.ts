import { createLogger } from '../observability/logger.ts';
import { createMetrics } from '../observability/metrics.ts';
import type { MetricsRegistry } from '../observability/metrics.ts';
import type { Logger } from '../ports/logger.ts';

/** What a real process is watched by: JSON lines on stderr, and a registry with the figures of the process itself. */
export interface Observability {
  readonly logger: Logger;
  readonly metrics: MetricsRegistry;
}

export function processObservability(options: {
  readonly level: Parameters<typeof createLogger>[0]['level'];
}): Observability {
  return { logger: createLogger(options), metrics: createMetrics({ withProcess: true }) };
}
