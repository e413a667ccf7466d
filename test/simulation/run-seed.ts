import { MemoryDisk } from '../../src/adapters/memory/memory-disk.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import { Chance, chanceOf } from './chance.ts';
import { HttpLine } from './clients/http-line.ts';
import { SocketReader } from './clients/socket-reader.ts';
import { apiKey, beginMs, blocksBefore, planOf, runMs } from './seed-plan.ts';
import { SimulatedTime } from './time/simulated-time.ts';
import { Trace, type TraceEntry } from './trace.ts';
import { ChainStory } from './world/chain-story.ts';
import { type SimulatedHost, SimulatedNetwork } from './world/simulated-network.ts';
import { Machine } from './world/simulated-process.ts';

export interface SeedResult {
  readonly seed: number;
  /** SHA-256 of everything that passed a port. */
  readonly traceHash: string;
  /** Broken promises, in words; none: all is well. */
  readonly problems: readonly string[];
  /** The "sometimes" states that were reached. */
  readonly reached: readonly string[];
  readonly simulatedMs: number;
  readonly steps: number;
}

export async function runSeed(seed: number, keep?: (entry: TraceEntry) => void): Promise<SeedResult> {
  const plan = planOf(seed);
  const time = new SimulatedTime();
  const trace = new Trace(keep === undefined ? {} : { keep });
  const problems: string[] = [];
  const hosts: SimulatedHost[] = [];
  const chains: { chain: ScriptedChain; providers: ScriptedProvider[] }[] = [];
  for (const chainPlan of plan.chains) {
    const chain = new ScriptedChain({
      chainId: chainPlan.chainId,
      genesisTimeMs: beginMs - blocksBefore * chainPlan.blockTimeMs,
      blockTimeMs: chainPlan.blockTimeMs,
      safeDepth: chainPlan.safeDepth,
      finalizedDepth: chainPlan.finalizedDepth,
    });
    chain.mine({ count: blocksBefore });
    const providers = chainPlan.providers.map(({ name }) => new ScriptedProvider({ name }, { chain }));
    chains.push({ chain, providers });
    chainPlan.providers.forEach(({ host, latencyMs }, at) => {
      const provider = providers[at] as ScriptedProvider;
      hosts.push({
        name: host,
        provider,
        isUp: () => true,
        latencyMs: (about: string) => latencyMs * (1 + chanceOf(seed, `${host}/${about}/${Math.floor(time.nowMs / 1000)}`)),
      });
    });
  }
  const network = new SimulatedNetwork(hosts, { time, trace });
  for (const { chain, providers } of chains) {
    chain.watch((change) => {
      for (const provider of providers) network.push(provider, change);
    });
  }
  const disk = new MemoryDisk();
  disk.decideFault = ({ kind, name, bytes }) => {
    trace.add(time.nowMs, 'disk', kind, `${name} ${bytes}`);
    return kind === 'data_sync' ? { kind: 'delay', until: time.sleep(1) } : null;
  };
  const machine = new Machine(
    { seed, config: plan.config, restartDelayMs: 1_000 },
    {
      time,
      wall: { offsetMs: beginMs },
      disk,
      network,
      trace,
      onEnd: (cause, phase) => problems.push(`the process ended (${phase}): ${cause.message}`),
    },
  );
  machine.start();
  let events = 0;
  const registrar = { line: null as HttpLine | null };
  const register = async (chain: string, hash: string, subscriber: string): Promise<void> => {
    if (registrar.line === null || registrar.line.isOver) {
      const end = machine.connect(5);
      if (end === null) throw new Error('nobody listens');
      registrar.line = new HttpLine(end);
    }
    const answer = await registrar.line.ask({
      method: 'POST',
      path: '/v1/transactions',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify({ chain, hash, subscriber }),
    });
    trace.add(time.nowMs, 'api', 'registrar', `${answer.status} ${answer.text}`);
    if (answer.status !== 201) problems.push(`registration: ${answer.status} ${answer.text}`);
  };
  const readers = plan.subscribers.map(
    (subscriber) =>
      new SocketReader(
        { name: 'reader', subscriber, latencyMs: 5 },
        {
          time,
          connect: (latencyMs) => machine.connect(latencyMs),
          onEvent: ({ text }) => {
            events += 1;
            trace.add(time.nowMs, 'event', subscriber, text);
          },
        },
      ),
  );
  for (const reader of readers) reader.connect();
  plan.chains.forEach((chainPlan, index) => {
    const chance = new Chance(seed, `story/${index}`);
    const { chain } = chains[index] as (typeof chains)[number];
    new ChainStory(chainPlan, {
      chain,
      time,
      chance,
      onSent: ({ hash }) => {
        time.after(chance.between(100, 20_000), () => {
          register(chainPlan.config.chain, hash, chance.pick(plan.subscribers)).catch((error: Error) => problems.push(error.message));
        });
      },
    }).start();
  });
  await time.run(runMs, () => undefined);
  for (const name of await disk.list()) trace.bytes(time.nowMs, 'file', name, disk.contents(name));
  void machine.terminate();
  await time.run(runMs + 20_000, () => undefined);
  console.log('events', events, 'steps', time.steps);
  return { seed, traceHash: trace.digest(), problems, reached: [], simulatedMs: runMs, steps: time.steps };
}
