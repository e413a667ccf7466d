import { createHash } from 'node:crypto';
import type { Transaction } from '@txtrail/protocol';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createNodeNetwork } from '../../src/adapters/node/node-network.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { type Config, roles } from '../../src/config/config.ts';
import type { Services } from '../../src/runtime/distributed/ports.ts';
import { type RunningRoles, startRoles } from '../../src/runtime/distributed/start-roles.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import { createScriptedChainServer } from '../../src/scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import type { ScriptedTransaction } from '../../src/scripted-chain/scripted-transaction.ts';
import { disagreements } from './case-truth.ts';
import { checkEvents, isSettled } from './event-checker.ts';
import { HttpClient } from './http-client.ts';
import { memoryServices } from './memory-services.ts';
import { MortalServices } from './mortal-services.ts';
import { type RecordingLogger, recordingLogger, recordingMetrics } from './recording-ports.ts';
import { SocketClient } from './socket-client.ts';
import { waitUntil } from './wait-until.ts';

const chainId = 31_337;
const chainName = `eip155:${chainId}`;
const apiKey = 'key-of-the-tenant-in-the-take-over-test';
const finalDepth = 6;
/** More than a process has hands for: each has several of every kind. */
const partitions = 8;

/** One process: all roles, over services that it may lose. */
export interface RigProcess {
  readonly mortal: MortalServices;
  readonly running: RunningRoles;
  readonly logger: RecordingLogger;
}

/**
 * Several processes of the distributed mode over one set of services in memory and one scripted
 * chain, and a client of whichever serves. Judged at the end by the checkers and the chain itself.
 */
export class TakeOverRig {
  readonly chain: ScriptedChain;
  readonly shared: ReturnType<typeof memoryServices>;
  readonly processes: RigProcess[] = [];
  readonly payments: ScriptedTransaction[] = [];
  #paid = 0;
  readonly #provider: ScriptedProvider;
  readonly #server: ReturnType<typeof createScriptedChainServer>;
  readonly #address = { url: '', apiKey };
  readonly http = new HttpClient(this.#address);
  readonly socket = new SocketClient(this.#address);

  constructor() {
    const clock = createSystemClock();
    this.chain = new ScriptedChain({
      chainId,
      genesisTimeMs: clock.now() - 3_600_000,
      finalizedDepth: finalDepth,
      safeDepth: 3,
    });
    this.#provider = new ScriptedProvider({ name: 'main' }, { chain: this.chain });
    const deps = { chain: this.chain, providers: [this.#provider], listener: nodeListener, clock };
    this.#server = createScriptedChainServer({}, { ...deps, scheduler: createTimerScheduler() });
    const credentials = {
      tenantOf: (key: string) => (key === apiKey ? 'default' : null),
      isAdmin: () => false,
      cursorSecret: createHash('sha256').update('take-over').digest(),
    };
    this.shared = memoryServices({ clock, credentials });
  }

  static async start(): Promise<TakeOverRig> {
    const rig = new TakeOverRig();
    await rig.#server.start();
    return rig;
  }

  /** One more process joins; with `own`, some of the services are its own. */
  async join(own: Partial<Services> = {}): Promise<RigProcess> {
    const mortal = new MortalServices({ ...this.shared, ...own });
    const logger = recordingLogger();
    const machine = {
      clock: createSystemClock(),
      scheduler: createTimerScheduler(),
      logger,
      metrics: { ...recordingMetrics(), text: async () => '' },
      version: '0',
      network: createNodeNetwork(),
      listener: nodeListener,
      random: createSystemRandom(),
    };
    const running = await startRoles(this.#config(), partitions, { ...machine, ...mortal.services });
    const process = { mortal, running, logger };
    this.processes.push(process);
    return process;
  }

  /** The client goes on at this process, from what it acknowledged. */
  async turnTo({ running }: RigProcess): Promise<void> {
    this.socket.cut();
    this.#address.url = running.url ?? '';
    await this.socket.connect();
  }

  /** So many payments go into the pool and are tracked, again and again until that was answered. */
  async track(count: number): Promise<void> {
    const made = Array.from({ length: count }, () => this.#pay());
    this.payments.push(...made);
    await Promise.all(made.map(({ hash }) => this.#tracked(hash)));
  }

  /** Mines until nothing more is owed about anything tracked, and says what is wrong then. */
  async finish(): Promise<readonly string[]> {
    let transactions: readonly Transaction[] = [];
    const isDone = async (): Promise<boolean> => {
      if (this.chain.head.number < 200) this.chain.mine();
      transactions = await this.#transactions();
      const owed = this.payments.length * 2;
      const told = this.socket.events().filter(({ type }) => /\.(confirmed|finalized)$/.test(type)).length;
      return transactions.length === this.payments.length && transactions.every(isSettled) && told >= owed;
    };
    await waitUntil(isDone, {
      what: 'everything to be final',
      everyMs: 100,
      describe: () => this.#describe(transactions),
    });
    const untrue = transactions.flatMap((transaction) => disagreements(transaction, this.chain));
    const unfinished = this.payments.flatMap(({ hash }) => this.#missing(hash));
    return [...untrue, ...checkEvents(this.socket.deliveries), ...unfinished];
  }

  async end(): Promise<void> {
    await this.socket.close();
    for (const { running } of this.processes) await running.close();
    await this.#server.stop();
  }

  /** The ladder that each payment climbs once at least, and the ends that come once at most. */
  #missing(hash: string): readonly string[] {
    const types = this.socket.events().flatMap(({ type, data }) => (data.transaction.hash === hash ? [type] : []));
    const wanted = ['included', 'confirmed', 'finalized'].map((type) => `transaction.${type}`);
    const missing = wanted.filter((type) => !types.includes(type));
    const twice = types.filter((type, at) => type === 'transaction.finalized' && types.indexOf(type) !== at);
    return [...missing, ...twice].map((type) => `${hash}: ${type} in ${types.join(', ')}`);
  }

  async #transactions(): Promise<readonly Transaction[]> {
    const page = await this.http.request<{ readonly data: readonly Transaction[] }>(
      'GET',
      '/v1/transactions?limit=500',
    );
    return page.body.data;
  }

  #pay(): ScriptedTransaction {
    this.#paid += 1;
    return this.chain.submit({ from: `0x${this.#paid.toString(16).padStart(4, '0').repeat(10)}`, value: 1n });
  }

  async #tracked(hash: string): Promise<void> {
    await waitUntil(
      async () => {
        // Of a process that died there is no answer, however long one waits.
        const asked = this.http.track({ chain: chainName, hash }, { timeoutMs: 2_000 });
        const answer = await asked.catch(() => null);
        return answer?.status === 201 || answer?.status === 200;
      },
      { what: `${hash} to be tracked`, describe: () => this.#describe([]) },
    );
  }

  #describe(transactions: readonly Transaction[]): string {
    const open = transactions
      .filter((transaction) => !isSettled(transaction))
      .map(({ hash, status }) => `${hash} ${status}`);
    const logged = this.processes.flatMap(({ logger }, index) =>
      logger.lines
        .slice(-12)
        .map(({ level, message, facts }) => `${index} ${level} ${message} ${String(facts['error'] ?? '')}`),
    );
    const counts = `${transactions.length} of ${this.payments.length} known, ${this.socket.events().length} events`;
    return [counts, `${this.chain.head.number}`, ...open.slice(0, 5), ...logged].join('\n');
  }

  #config(): Config {
    const nowhere = { host: '127.0.0.1', port: 0 };
    return {
      mode: 'distributed',
      roles,
      distributed: null,
      dataDir: 'memory',
      historyDays: 90,
      server: { ...nowhere, allowedOrigins: [] },
      admin: nowhere,
      chains: [
        {
          chain: chainName,
          name: null,
          chainId,
          confirmations: 4,
          thresholds: [2],
          blockTimeMs: 200,
          pollIntervalMs: 100,
          finality: 'tag',
          dropAfter: { blocks: 100, seconds: 120 },
          verifyBlocks: false,
          providers: [
            { name: 'main', ...this.#server.url('main'), role: 'primary', weight: 1, requestsPerSecond: null },
          ],
        },
      ],
      apiKey,
      adminKey: null,
      logLevel: 'silent',
    };
  }
}
