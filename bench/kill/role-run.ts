import { setTimeout as sleep } from 'node:timers/promises';
import { createCluster } from '@redis/client';
import { startBroker, stopBroker } from '../../scripts/services/kafka.mjs';
import { startPostgres, stopPostgres } from '../../scripts/services/postgres.mjs';
import { roles } from '../../src/config/config.ts';
import { startAnvil } from '../../test/harness/anvil.ts';
import type { ChainNode } from '../../test/harness/chain-node.ts';
import { DistributedTracker } from '../../test/harness/distributed-tracker.ts';
import { startGeth } from '../../test/harness/geth.ts';
import { findRedis } from '../../test/harness/services.ts';
import { type FaultReport, faultRunChain, runUnderFaults, type Strike } from './run-under-faults.ts';
import type { LoadOptions } from './loader.ts';

export interface RoleRunOptions {
  readonly rounds: number;
  readonly seed: number;
  readonly node: 'anvil' | 'geth';
  readonly load: LoadOptions;
  /** At most so long between a strike and the next, milliseconds. */
  readonly longestLifeMs: number;
  readonly say?: (line: string) => void;
}

const blockTimeMs = 500;

/**
 * Five processes over the real services under load: each role's is killed and started again, a
 * broker of Kafka is killed and started again, Redis is emptied, PostgreSQL is restarted; round after
 * round.
 */
export async function runRoleFaults(options: RoleRunOptions): Promise<FaultReport> {
  const { rounds, seed, load, longestLifeMs, say } = options;
  const node = options.node === 'anvil' ? await startAnvil({ blockTimeMs, slotsInAnEpoch: 3 }) : await miningGeth();
  const tracker = new DistributedTracker({ config: { chains: [faultRunChain(node)] } });
  try {
    await tracker.start();
    const strikes = Array.from({ length: rounds }, (_, round) => strikesOf(tracker, round)).flat();
    const told = say === undefined ? {} : { say };
    return await runUnderFaults({ seed, node, tracker, strikes, longestLifeMs, load, ...told });
  } finally {
    await tracker.remove();
    await node.stop();
  }
}

/** A geth that makes a block of what is in its pool, again and again. */
async function miningGeth(): Promise<ChainNode> {
  const node = await startGeth({ settle: { safe: 3, finalized: 6 } });
  let isStopped = false;
  const mining = (async () => {
    while (!isStopped) {
      await node.mine(1);
      await sleep(blockTimeMs);
    }
  })();
  const stop = async (): Promise<void> => {
    isStopped = true;
    await mining;
    await node.stop();
  };
  return Object.assign(Object.create(node) as ChainNode, { stop });
}

function strikesOf(tracker: DistributedTracker, round: number): readonly Strike[] {
  const broker = (round % 3) + 1;
  return [
    ...roles.map((role) => ({ name: `kill -9 of ${role}`, run: () => tracker.restart(role) })),
    {
      name: `kill -9 of Kafka's broker ${broker}`,
      run: async () => {
        await stopBroker(broker, 'SIGKILL');
        await startBroker(broker);
      },
    },
    { name: 'FLUSHALL of Redis', run: flushRedis },
    {
      name: 'restart of PostgreSQL',
      run: async () => {
        await stopPostgres();
        await startPostgres();
      },
    },
  ];
}

/** Every master's every key. */
async function flushRedis(): Promise<void> {
  const nodes = findRedis() ?? [];
  const cluster = createCluster({ rootNodes: nodes.map((node) => ({ url: `redis://${node}` })) });
  await cluster.connect();
  try {
    await Promise.all(
      cluster.masters.map(async (master) => (await cluster.nodeClient(master)).sendCommand(['FLUSHALL'])),
    );
  } finally {
    cluster.destroy();
  }
}
