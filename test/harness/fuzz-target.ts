import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import { createScriptedChainServer } from '../../src/scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import { HttpClient } from './http-client.ts';
import { TrackerProcess } from './tracker-process.ts';
import { waitUntil } from './wait-until.ts';

/** The chain that the examples in the description are of. */
const chainId = 1;
const blocksBefore = 12;
const transactionsBefore = 5;

/** A real tracker process over a scripted chain, with something to read in it, for programs that try everything. */
export interface FuzzTarget {
  readonly url: string;
  readonly apiKey: string;
  /** Of events of the subscriber `filled`. */
  readonly cursors: readonly string[];
  /** Faults that the tracker logged. */
  faults(): readonly string[];
  /** Ends it; gives its exit code. */
  stop(): Promise<number | null>;
}

export async function startFuzzTarget(): Promise<FuzzTarget> {
  const clock = createSystemClock();
  const chain = new ScriptedChain({ chainId, genesisTimeMs: clock.now() - 3_600_000 });
  const provider = new ScriptedProvider({ name: 'main' }, { chain });
  const scheduler = createTimerScheduler();
  const server = createScriptedChainServer(
    {},
    { chain, providers: [provider], listener: nodeListener, clock, scheduler },
  );
  await server.start();
  const { http, ws } = server.url('main');
  const tracker = new TrackerProcess({ chainFlags: [`ethereum=${http},${ws}`] });
  const stop = async (): Promise<number | null> => {
    const { code } = await tracker.terminate();
    await tracker.remove();
    await server.stop();
    return code;
  };
  try {
    await tracker.start();
    const cursors = await fill(new HttpClient(tracker), chain);
    const faults = (): readonly string[] =>
      tracker.process.lines.flatMap(({ text }) => (text.includes('"level":"error"') ? [text] : []));
    return { url: tracker.url, apiKey: tracker.apiKey, cursors, faults, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Some transactions that become final, so that lists, histories and events are not empty; gives cursors of their events. */
async function fill(client: HttpClient, chain: ScriptedChain): Promise<readonly string[]> {
  chain.mine({});
  for (let account = 1; account <= transactionsBefore; account += 1) {
    const from = `0x${account.toString(16).padStart(40, '0')}`;
    const { hash } = chain.submit({ from, value: 1n });
    await client.tracked({ chain: 'ethereum', hash, subscriber: 'filled', confirmations: 3, thresholds: [2] });
  }
  for (let block = 0; block < blocksBefore; block += 1) chain.mine({});
  chain.setFinalized(chain.head.hash);
  const read = async (): Promise<number> => (await client.events({ subscriber: 'filled' })).body.events.length;
  await waitUntil(async () => (await read()) >= transactionsBefore * 4, {
    what: 'the events of the first transactions',
  });
  const pages = [1, 3, 500].map((limit) => client.events({ subscriber: 'filled', limit }));
  return (await Promise.all(pages)).map(({ body }) => body.nextCursor);
}
