import { migrateKafka, missingIn, specsOf } from '../../adapters/kafka/migrate-kafka.ts';
import { installationPast, rememberTopics } from '../../adapters/postgres/installation-past.ts';
import { migratePostgres } from '../../adapters/postgres/migrate-postgres.ts';
import { shownAddress } from '../../adapters/postgres/postgres-fault.ts';
import type { Config, DistributedConfig } from '../../config/config.ts';
import type { Machine } from './ports.ts';
import { chainsOf } from './connect-services.ts';
import { lostTopics, topicsLostError } from './lost-topics.ts';
import { tellIfSlow } from './tell-if-slow.ts';

/** What a migration did, in the services' own words; empty: all was there. */
export interface Migrated {
  readonly postgres: readonly string[];
  readonly kafka: readonly string[];
}

export interface MigrateDeps extends Pick<Machine, 'clock' | 'scheduler' | 'random' | 'logger'> {
  /** Told what is waited for, once that takes some seconds. */
  readonly onWaiting: (what: string) => void;
}

/**
 * Makes tables and topics, or brings them forward to this version. Done twice, or by two at once, it
 * does no harm.
 *
 * @throws TxTrailError where a service cannot be reached, or holds what this version must not touch;
 *   `topics_lost`, with nothing changed, where topics are gone that cannot be made anew
 */
export async function migrateServices(
  config: Config,
  distributed: DistributedConfig,
  deps: MigrateDeps,
): Promise<Migrated> {
  const kafkaOptions = { ...distributed.kafka, chains: chainsOf(config) };
  const ofPostgres = <Result>(work: () => Promise<Result>): Promise<Result> =>
    tellIfSlow(`PostgreSQL at ${shownAddress(distributed.postgres.url)}, or for another migration there`, work, deps);
  const ofKafka = <Result>(work: () => Promise<Result>): Promise<Result> =>
    tellIfSlow(`Kafka at ${kafkaOptions.brokers.join(', ')}`, work, deps);

  const past = await ofPostgres(() => installationPast(distributed.postgres, deps));
  const lost = lostTopics(await ofKafka(() => missingIn(kafkaOptions, deps)), past);
  if (lost.length > 0) throw topicsLostError(lost);
  const postgres = await ofPostgres(() => migratePostgres(distributed.postgres, deps));
  const kafka = await ofKafka(() => migrateKafka(kafkaOptions, deps));
  const topics = specsOf(kafkaOptions).map(({ name }) => name);
  await ofPostgres(() => rememberTopics(distributed.postgres, topics, deps));
  return { postgres, kafka };
}
