import { createHash } from 'node:crypto';
import type { TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';
import { createEvmProvider } from '../../src/adapters/evm/evm-provider.ts';
import { EvmRawDecoder } from '../../src/adapters/evm/evm-raw-decoder.ts';
import { nothingUnsyncedSurvives } from '../../src/adapters/memory/disk-fault.ts';
import { MemoryDisk } from '../../src/adapters/memory/memory-disk.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { createGateway, type Gateway } from '../../src/api/gateway.ts';
import type { ChainConfig, Config } from '../../src/config/config.ts';
import type { Credentials } from '../../src/ports/credentials.ts';
import type { DiskLock } from '../../src/ports/disk.ts';
import { type RunningTracker, startTracker } from '../../src/runtime/tracker.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedChainOptions } from '../../src/scripted-chain/scripted-chain-options.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import { createScriptedChainServer } from '../../src/scripted-chain/scripted-chain-server.ts';
import { checkEvents } from './event-checker.ts';
import { HttpClient } from './http-client.ts';
import { type RecordingLogger, recordingLogger, recordingMetrics } from './recording-ports.ts';
import { SocketClient } from './socket-client.ts';
import { waitUntil } from './wait-until.ts';

export const caseChainId = 31_337;
export const caseChain = `eip155:${caseChainId}`;
const apiKey = 'key-of-the-tenant-in-the-case-tests-01';

export interface CaseRigOptions {
  /** Names of the providers; the first is primary, the others secondary. Default: one, `main`. */
  readonly providers?: readonly string[];
  readonly chain?: Partial<ScriptedChainOptions>;
  readonly config?: Partial<ChainConfig>;
  /** Set views and faults before the tracker first asks. */
  readonly before?: (rig: { readonly chain: ScriptedChain; readonly provider: (name: string) => ScriptedProvider }) => void;
}

/**
 * A case from end to end in one process: a scripted chain with lying providers behind real HTTP and
 * WebSocket servers, the tracker over a disk in memory, the gateway, and a socket client that reads
 * and acknowledges. A test sets the scene at the providers and looks at what the client read.
 */
export class CaseRig {
  readonly chain: ScriptedChain;
  readonly logger: RecordingLogger = recordingLogger();
  readonly metrics = recordingMetrics();
  readonly disk = new MemoryDisk();
  readonly #options: CaseRigOptions;
  readonly #providers: ReadonlyMap<string, ScriptedProvider>;
  readonly #server: ReturnType<typeof createScriptedChainServer>;
  readonly #address = { url: '', apiKey };
  readonly http = new HttpClient(this.#address);
  readonly socket = new SocketClient(this.#address);
  #tracker: RunningTracker | null = null;
  #gateway: Gateway | null = null;
  #lock: DiskLock | null = null;

  constructor(options: CaseRigOptions = {}) {
    const clock = createSystemClock();
    this.#options = options;
    this.chain = new ScriptedChain({ chainId: caseChainId, genesisTimeMs: clock.now() - 3_600_000, ...options.chain });
    const names = options.providers ?? ['main'];
    this.#providers = new Map(names.map((name) => [name, new ScriptedProvider({ name }, { chain: this.chain })]));
    this.#server = createScriptedChainServer(
      {},
      { chain: this.chain, providers: [...this.#providers.values()], clock, scheduler: createTimerScheduler() },
    );
  }

  static async start(options: CaseRigOptions = {}): Promise<CaseRig> {
    const rig = new CaseRig(options);
    options.before?.({ chain: rig.chain, provider: (name) => rig.provider(name) });
    await rig.#server.start();
    await rig.#startTracker();
    await rig.socket.connect();
    return rig;
  }

  provider(name = 'main'): ScriptedProvider {
    const provider = this.#providers.get(name);
    if (provider === undefined) throw new Error(`no provider ${name}`);
    return provider;
  }

  get server(): ReturnType<typeof createScriptedChainServer> {
    return this.#server;
  }

  get tracker(): RunningTracker {
    if (this.#tracker === null) throw new Error('the tracker is not running');
    return this.#tracker;
  }

  async track(request: Omit<TrackRequest, 'chain'>): Promise<Transaction> {
    const answer = await this.http.request<Transaction>('POST', '/v1/transactions', { chain: caseChain, ...request });
    if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`);
    return answer.body;
  }

  async transaction(id: string): Promise<Transaction> {
    return (await this.http.request<Transaction>('GET', `/v1/transactions/${id}`)).body;
  }

  /** Waits until the tracker has applied the chain's head. */
  async followed(): Promise<void> {
    const { hash } = this.chain.head;
    await waitUntil(() => this.tracker.service.chains()[0]?.head?.hash === hash, { what: `the tracker following ${hash}` });
  }

  /** Mines one block after another, each followed before the next. */
  async mine(count = 1, plan: Parameters<ScriptedChain['mine']>[0] = {}): Promise<void> {
    for (let block = 0; block < count; block += 1) {
      this.chain.mine(block === 0 ? plan : {});
      await this.followed();
    }
  }

  /** The events that the client has read so far, repeats left out. */
  get events(): readonly TxTrailEvent[] {
    const byId = new Map(this.socket.deliveries.map(({ event }) => [event.id, event]));
    return [...byId.values()];
  }

  /** Event types that the client has read, without `transaction.`; a threshold with its count. */
  get said(): readonly string[] {
    return this.events.map(({ type, data }) => {
      const short = type.replace('transaction.', '');
      return short === 'confirmation' ? `${short} ${data.confirmations}` : short;
    });
  }

  /** Waits until the client has read an event of this type (the nth of it). */
  async saw(type: string, count = 1): Promise<TxTrailEvent> {
    const full = `transaction.${type}`;
    return waitUntil(() => this.#ofType(full)[count - 1], {
      what: `${count} × ${full}`,
      describe: () => `so far: ${this.said.join(', ')}`,
    });
  }

  /** Kills the process (unsynced bytes are gone) and starts it anew on what the disk kept. */
  async crash(): Promise<void> {
    this.disk.crash();
    await this.#stopTracker();
    this.disk.restart(nothingUnsyncedSurvives);
    await this.#startTracker();
    await this.socket.close();
    await this.socket.connect();
  }

  /** Ends everything, and judges what the client read against the contract. */
  async end(): Promise<void> {
    await this.socket.close();
    await this.#stopTracker();
    await this.#server.stop();
    const problems = checkEvents(this.socket.deliveries);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  #ofType(type: string): readonly TxTrailEvent[] {
    return this.events.filter((event) => event.type === type);
  }

  async #startTracker(): Promise<void> {
    const { logger, metrics, disk } = this;
    const ports = { clock: createSystemClock(), scheduler: createTimerScheduler(), random: createSystemRandom() };
    this.#lock = await disk.lock();
    this.#tracker = await startTracker(this.#config(), {
      ...ports,
      disk,
      lock: this.#lock,
      logger,
      metrics,
      decoder: new EvmRawDecoder(),
      providersOf: (chain) =>
        chain.providers.map((provider) => createEvmProvider(provider, { ...ports, logger, metrics })),
    });
    const { service: tracker, events, answers } = this.#tracker;
    this.#gateway = createGateway(
      { host: '127.0.0.1', port: 0 },
      { ...ports, tracker, events, answers, credentials, logger, metrics },
    );
    this.#address.url = (await this.#gateway.listen()).url;
  }

  async #stopTracker(): Promise<void> {
    await this.#gateway?.drain();
    // After a crash the disk refuses what a clean close would write.
    await this.#tracker?.close().catch(() => undefined);
    await this.#lock?.release().catch(() => undefined);
  }

  #config(): Config {
    const chain: ChainConfig = {
      chain: caseChain,
      name: null,
      chainId: caseChainId,
      confirmations: 5,
      thresholds: [3],
      blockTimeMs: 1_000,
      pollIntervalMs: 200,
      finality: 'tag',
      dropAfter: { blocks: 20, seconds: 120 },
      verifyBlocks: false,
      providers: [...this.#providers.keys()].map((name, index) => ({
        name,
        ...this.#server.url(name),
        role: index === 0 ? 'primary' : 'secondary',
        weight: 1,
        requestsPerSecond: null,
      })),
      ...this.#options.config,
    };
    const nowhere = { host: '127.0.0.1', port: 0 };
    return {
      mode: 'embedded',
      dataDir: 'memory',
      server: nowhere,
      admin: nowhere,
      chains: [chain],
      apiKey,
      adminKey: null,
      logLevel: 'silent',
    };
  }
}

const credentials: Credentials = {
  tenantOf: (key) => (key === apiKey ? 'default' : null),
  isAdmin: () => false,
  cursorSecret: createHash('sha256').update('case tests').digest(),
};
