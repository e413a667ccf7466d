import { migrateKafka } from '../../adapters/kafka/migrate-kafka.ts';
import { migratePostgres } from '../../adapters/postgres/migrate-postgres.ts';
import type { Config, DistributedConfig } from '../../config/config.ts';
import type { Machine } from './ports.ts';
import { chainsOf } from './connect-services.ts';

/** What a migration did, in the services' own words; empty: all was there. */
export interface Migrated {
  readonly postgres: readonly string[];
  readonly kafka: readonly string[];
}

/**
 * Makes tables and topics, or brings them forward to this version. Done twice, or by two at once, it
 * does no harm.
 *
 * @throws TxTrailError where a service cannot be reached, or holds what this version must not touch
 */
export async function migrateServices(
  config: Config,
  distributed: DistributedConfig,
  deps: Pick<Machine, 'clock' | 'scheduler' | 'random' | 'logger' | 'metrics'>,
): Promise<Migrated> {
  const postgres = await migratePostgres(distributed.postgres, deps);
  const kafka = await migrateKafka({ ...distributed.kafka, chains: chainsOf(config) }, deps);
  return { postgres, kafka };
}
