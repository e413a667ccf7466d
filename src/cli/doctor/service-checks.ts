import { inspectService, type ProbedServices } from '../../runtime/distributed/service-probes.ts';
import { TxTrailError } from '../../lib/error.ts';
import { plainText } from '../plain-text.ts';
import { fail, type Check } from './check.ts';
import { kafkaFindings, moreAbout, postgresFindings, redisFindings, type Findings } from './service-findings.ts';

/** Looks at what the processes of the distributed mode share; nothing there is changed. */
export function serviceChecks(services: ProbedServices): readonly Promise<readonly Check[]>[] {
  const probe = inspectService(services);
  const postgres = probe.postgres();
  const past = postgres.then(
    (facts) => facts.past,
    () => null,
  );
  return [
    looked('kafka', 'distributed.kafka.brokers', async () => kafkaFindings(await probe.kafka(), await past)),
    looked('redis', 'distributed.redis.nodes', async () => redisFindings(await probe.redis())),
    looked('postgresql', 'distributed.postgres.url', async () => postgresFindings(await postgres)),
  ];
}

async function looked(area: string, option: string, look: () => Promise<Findings>): Promise<readonly Check[]> {
  const found = await look().catch((error: Error): Findings => {
    // One that answers says by itself what is wrong with what it was asked.
    const isThere = error instanceof TxTrailError && !error.retryable;
    const remedy = isThere
      ? moreAbout(error.code)
      : `See that it runs and is reached from here, and what ${option} says.`;
    return [['answer', fail(plainText(error.message), remedy)]];
  });
  return found.map(([name, finding]) => ({ area, name, ...finding }));
}
