import type { TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';
import { blockAt, type ChainNode } from './chain-node.ts';
import { checkEvents } from './event-checker.ts';
import { HttpClient } from './http-client.ts';
import { describeEvent, SocketClient } from './socket-client.ts';
import { type TrackerUnderTest, trackerUnderTest } from './tracker-under-test.ts';
import { compareWithChain } from './truth-checker.ts';
import { waitUntil } from './wait-until.ts';

/** Small counts, so that a few blocks take a transaction up the whole ladder. */
export const scenarioConfirmations = 4;
export const scenarioThresholds: readonly number[] = [2, 3];

/** The provider entry of a configuration file for a node. */
export function providerOf(node: ChainNode, name = 'main'): object {
  return { name, http: node.httpUrl, ws: node.wsUrl, role: 'primary' };
}

export function chainConfig(node: ChainNode, providers: readonly object[] = [providerOf(node)]): object {
  return {
    chain: node.chain,
    confirmations: scenarioConfirmations,
    thresholds: scenarioThresholds,
    pollIntervalMs: 250,
    finality: 'tag',
    providers,
  };
}

/** A real tracker over a real node, and one client of it: what nearly every end-to-end test needs. */
export class Scenario {
  readonly node: ChainNode;
  readonly tracker: TrackerUnderTest;
  readonly http: HttpClient;
  readonly socket: SocketClient;

  private constructor(node: ChainNode, tracker: TrackerUnderTest) {
    this.node = node;
    this.tracker = tracker;
    this.http = new HttpClient(tracker);
    this.socket = new SocketClient(tracker);
  }

  static async start(node: ChainNode, providers?: readonly object[]): Promise<Scenario> {
    const tracker = trackerUnderTest({ config: { chains: [chainConfig(node, providers)] } });
    try {
      await tracker.start();
      const scenario = new Scenario(node, tracker);
      await scenario.socket.connect();
      return scenario;
    } catch (error) {
      await tracker.remove();
      throw error;
    }
  }

  /** Registers a hash on the scenario's chain. */
  track(hash: string, options: Partial<TrackRequest> = {}): Promise<Transaction> {
    return this.http.tracked({ chain: this.node.chain, hash, ...options });
  }

  /** Sends it to the node, registers its hash and waits until the tracker has seen it in the pool. */
  async trackPending(raw: string, hash: string): Promise<Transaction> {
    await this.node.send(raw);
    const transaction = await this.track(hash);
    await this.until(transaction.id, 'transaction.pending');
    return transaction;
  }

  /** Waits until the tracker follows the node's present head and knows what is final. */
  async caughtUp(): Promise<void> {
    const knowsAll = async (): Promise<boolean> => {
      const [head, final, [chain]] = await Promise.all([
        blockAt(this.node.rpc, 'latest'),
        blockAt(this.node.rpc, 'finalized'),
        this.http.chains(),
      ]);
      return chain?.head?.hash === head?.hash && chain?.finality.finalized?.hash === final?.hash;
    };
    await waitUntil(knowsAll, { what: 'the tracker to follow the head and what is final' });
  }

  /** Waits for the `count`th event of this type about the transaction. */
  async until(id: string, type: string, count = 1): Promise<TxTrailEvent> {
    let found: TxTrailEvent | undefined;
    await this.socket.waitForEvent(`event ${count} of ${type} about ${id}`, () => {
      found = this.socket.eventsOf(id).filter((event) => event.type === type)[count - 1];
      return found !== undefined;
    });
    return found as TxTrailEvent;
  }

  /** The types of its events so far, without the prefix; thresholds as `confirmation 3`. */
  story(id: string): readonly string[] {
    return this.socket.eventsOf(id).map((event) => {
      const type = event.type.replace('transaction.', '');
      return type === 'confirmation' ? `confirmation ${event.data.confirmations}` : type;
    });
  }

  /** Everything that is wrong with what was delivered, and with where these transactions ended. */
  async problems(ids: readonly string[] = []): Promise<readonly string[]> {
    const told = checkEvents(this.socket.deliveries);
    const ends = await Promise.all(
      ids.map(async (id) => compareWithChain(await this.http.transaction(id), this.node.rpc)),
    );
    const problems = [...told, ...ends.flat()];
    return problems.length === 0 ? [] : [...problems, ...this.socket.events().map(describeEvent)];
  }

  async stop(): Promise<void> {
    await this.socket.close();
    await this.tracker.remove();
  }
}
