import type { MissingTopic } from '../../adapters/kafka/migrate-kafka.ts';
import type { InstallationPast } from '../../adapters/postgres/installation-past.ts';
import { TxTrailError } from '../../lib/error.ts';

/**
 * Of the topics that are missing, those that must not be made anew: the tables and the other topics
 * know how far they reached, so what comes into new ones would be taken for what was done already.
 */
export function lostTopics(missing: readonly MissingTopic[], past: InstallationPast): readonly string[] {
  if (!past.hasRun) return [];
  const isLost = ({ name, holds }: MissingTopic): boolean =>
    // A chain may be new, and its topic be missing for that reason.
    holds === 'order' || (holds === 'blocks' && past.topics.includes(name));
  return missing.filter(isLost).map(({ name }) => name);
}

export function topicsLostError(topics: readonly string[]): TxTrailError {
  const message =
    `Kafka has no topic ${topics.join(', ')}, and the tables say that this installation has run. Made anew, ` +
    'they would lose events without a word: positions begin anew, and what comes is taken for a repeat. Nothing was ' +
    'changed. Put the topics back from a copy, together with the tables of the same moment, or begin a new ' +
    'installation under another distributed.kafka.topicPrefix and distributed.postgres.schema.';
  return new TxTrailError('topics_lost', message, { facts: { topics } });
}
