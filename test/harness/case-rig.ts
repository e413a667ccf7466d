import { createHash } from 'node:crypto';
import type { TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';
import type { CrashSurvival } from '../../src/adapters/memory/disk-fault.ts';
import { pageFolder } from '../../src/adapters/node/page-folder.ts';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { type ChainConfig, type Config, roles } from '../../src/config/config.ts';
import type { Credentials } from '../../src/ports/credentials.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedChainOptions } from '../../src/scripted-chain/scripted-chain-options.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import { createScriptedChainServer } from '../../src/scripted-chain/scripted-chain-server.ts';
import type { ScriptedTransaction, TransactionSpec } from '../../src/scripted-chain/scripted-transaction.ts';
import { type CaseRuntime, DistributedCase, EmbeddedCase } from './case-runtimes.ts';
import { disagreements } from './case-truth.ts';
import { undescribed } from './described-frames.ts';
import { checkEvents } from './event-checker.ts';
import { fastTime } from './fast-time.ts';
import { type ChainView, HttpClient } from './http-client.ts';
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
  /** The tracker's time runs so many times faster than the machine's: for what is noticed by its silence. */
  readonly speed?: number;
  /** Folder of the built live page, served at `/`. */
  readonly page?: string;
  /** Set views and faults before the tracker first asks. */
  readonly before?: (rig: {
    readonly chain: ScriptedChain;
    readonly provider: (name: string) => ScriptedProvider;
  }) => void;
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
  readonly #options: CaseRigOptions;
  readonly #providers: ReadonlyMap<string, ScriptedProvider>;
  readonly #server: ReturnType<typeof createScriptedChainServer>;
  readonly #address = { url: '', apiKey };
  readonly http = new HttpClient(this.#address);
  readonly socket = new SocketClient(this.#address);
  #accounts = 0;
  /** What was logged before is of processes that were killed. */
  #judgedFrom = 0;
  readonly #runtime: CaseRuntime;

  constructor(options: CaseRigOptions = {}) {
    const clock = createSystemClock();
    this.#options = options;
    this.chain = new ScriptedChain({ chainId: caseChainId, genesisTimeMs: clock.now() - 3_600_000, ...options.chain });
    const names = options.providers ?? ['main'];
    this.#providers = new Map(names.map((name) => [name, new ScriptedProvider({ name }, { chain: this.chain })]));
    this.#runtime = runtimeOf({
      time: fastTime(options.speed ?? 1),
      logger: this.logger,
      metrics: this.metrics,
      credentials,
      page: options.page === undefined ? undefined : pageFolder(options.page),
    });
    this.#server = createScriptedChainServer(
      {},
      {
        chain: this.chain,
        providers: [...this.#providers.values()],
        listener: nodeListener,
        clock,
        scheduler: createTimerScheduler(),
      },
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

  /** Where the gateway listens now. */
  get url(): string {
    return this.#address.url;
  }

  get apiKey(): string {
    return apiKey;
  }

  get server(): ReturnType<typeof createScriptedChainServer> {
    return this.#server;
  }

  /** Puts a payment of an account that nothing else uses into the pool. */
  pay(spec: Partial<TransactionSpec> = {}): ScriptedTransaction {
    return this.chain.submit(this.spec(spec));
  }

  /** A payment of an account that nothing else uses. */
  spec(spec: Partial<TransactionSpec> = {}): TransactionSpec {
    this.#accounts += 1;
    return { from: `0x${this.#accounts.toString(16).padStart(4, '0').repeat(10)}`, value: 1n, ...spec };
  }

  async track(request: Omit<TrackRequest, 'chain'>): Promise<Transaction> {
    return this.http.tracked({ chain: caseChain, ...request });
  }

  /** A payment that is in the pool, tracked, and said to be pending. */
  async pending(spec: Partial<TransactionSpec> = {}): Promise<ScriptedTransaction> {
    const payment = this.pay(spec);
    await this.track({ hash: payment.hash });
    await this.saw('pending', 1, payment.hash);
    return payment;
  }

  /**
   * A payment that is tracked, mined and told from the registration on: whatever was owed about
   * others before it has been read by then, so what was not read was not said.
   */
  async marker(): Promise<ScriptedTransaction> {
    const payment = this.pay();
    await this.track({ hash: payment.hash });
    await this.mine(1);
    await this.saw('included', 1, payment.hash);
    return payment;
  }

  transaction(id: string): Promise<Transaction> {
    return this.http.transaction(id);
  }

  /** The one tracked transaction of this hash. */
  async of(hash: string): Promise<Transaction> {
    const answer = await this.http.request<{ readonly data: readonly Transaction[] }>(
      'GET',
      `/v1/transactions?hash=${hash}`,
    );
    const [only] = answer.body.data;
    if (only === undefined) throw new Error(`${hash} is not tracked`);
    return only;
  }

  /** The chain as the API shows it. */
  async chainView(): Promise<ChainView> {
    const [view] = await this.http.chains();
    if (view === undefined) throw new Error('no chain is shown');
    return view;
  }

  /** Waits until the API shows a provider in that state, with a reason that says why where one is asked for. */
  async providerIs(name: string, state: string, reason?: RegExp): Promise<void> {
    const find = async () => (await this.chainView()).providers.find((provider) => provider.name === name);
    let last = '';
    await waitUntil(
      async () => {
        const provider = await find();
        last = JSON.stringify(provider);
        return provider?.state === state && (reason === undefined || reason.test(provider.reason ?? ''));
      },
      { what: `${name} being ${state} (${reason})`, describe: () => last },
    );
  }

  /** Waits until the tracker has applied the chain's head. */
  async followed(): Promise<void> {
    const { hash } = this.chain.head;
    await waitUntil(() => this.#runtime.chains()[0]?.head?.hash === hash, {
      what: `the tracker following ${hash}`,
      everyMs: 5,
      describe: () => JSON.stringify([this.#runtime.chains()[0]?.head, this.#runtime.chains()[0]?.providers]),
    });
  }

  /** Waits until a provider was asked so many times more. */
  async asked(method: string, times: number, name = 'main'): Promise<void> {
    const provider = this.provider(name);
    const enough = provider.count(method) + times;
    await waitUntil(() => provider.count(method) >= enough, { what: `${times} more ${method} to ${name}`, everyMs: 5 });
  }

  /** Mines one block after another by the same plan, each followed before the next. */
  async mine(count = 1, plan: Parameters<ScriptedChain['mine']>[0] = {}): Promise<void> {
    for (let block = 0; block < count; block += 1) {
      this.chain.mine(plan);
      await this.followed();
    }
  }

  /** The chain calls its head (or the block of that hash) final. */
  finalize(hash = this.chain.head.hash): void {
    this.chain.setFinalized(hash);
  }

  /** The events that the client has read so far, repeats left out. */
  get events(): readonly TxTrailEvent[] {
    return this.socket.events();
  }

  /** Event types that the client has read, without `transaction.`; a threshold with its count. */
  get told(): readonly string[] {
    return this.events.map(shortOf);
  }

  /**
   * The same without `executed`: whether the outcome comes with `included` or after it depends on
   * the machine's pace where the provider does not decide it.
   */
  get said(): readonly string[] {
    return this.told.filter((said) => said !== 'executed');
  }

  /** What was said about one transaction. */
  saidOf({ hash }: { readonly hash: string }): readonly string[] {
    const events = this.events.filter(({ data }) => data.transaction.hash === hash);
    return events.map(shortOf).filter((said) => said !== 'executed');
  }

  /** Waits for the outcome of the one tracked transaction of this hash. */
  async outcomeOf(hash: string): Promise<Transaction> {
    const executed = async (): Promise<Transaction | null> => {
      const transaction = await this.of(hash);
      return transaction.execution === null ? null : transaction;
    };
    return waitUntil(executed, { what: `the outcome of ${hash}`, everyMs: 5 });
  }

  /** Waits until the client has read an event of this type (the nth of it), about one hash where that is given. */
  async saw(type: string, count = 1, hash?: string): Promise<TxTrailEvent> {
    const full = `transaction.${type}`;
    const fits = (event: TxTrailEvent): boolean =>
      event.type === full && (hash === undefined || event.data.transaction.hash === hash);
    return waitUntil(() => this.events.filter(fits)[count - 1], {
      what: `${count} × ${full} of ${hash ?? 'any'}`,
      everyMs: 5,
      describe: () => `so far: ${this.said.join(', ')}\n${this.#recentLog()}`,
    });
  }

  /** Kills the process (unsynced bytes are gone) and starts it anew on what was kept outside it. */
  async crash(options: { readonly survival?: CrashSurvival; readonly meanwhile?: () => void } = {}): Promise<void> {
    await this.#runtime.crash(options.survival);
    this.#judgedFrom = this.logger.lines.length;
    options.meanwhile?.();
    await this.#startTracker();
    await this.socket.close();
    await this.socket.connect();
  }

  /** Ends everything, and judges what the client read against the contract, its description and the chain. */
  async end(): Promise<void> {
    const untrue = await this.#untruths().catch((error: unknown) => [String(error)]);
    const lines = this.logger.lines.slice(this.#judgedFrom);
    const broken = lines.filter(({ message }) => message.includes('broke')).map(({ message }) => message);
    await this.socket.close();
    await this.#runtime.stop();
    await this.#server.stop();
    const perSubscriber = Map.groupBy(this.socket.deliveries, ({ event }) => event.subscriber);
    const told = [...perSubscriber.values()].flatMap((deliveries) => checkEvents(deliveries));
    const problems = [...untrue, ...broken, ...told, ...undescribed(this.socket.frames)];
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  /** Where we stand at the chain's head, all that is tracked must agree with it, once receipts were waited for. */
  async #untruths(): Promise<readonly string[]> {
    if (this.#runtime.chains()[0]?.head?.hash !== this.chain.head.hash) return [];
    let problems: readonly string[] = [];
    const look = async (): Promise<boolean> => {
      const page = await this.http.request<{ readonly data: readonly Transaction[] }>(
        'GET',
        '/v1/transactions?limit=500',
      );
      problems = page.body.data.flatMap((transaction) => disagreements(transaction, this.chain));
      return problems.length === 0;
    };
    // Running out of time leaves the problems themselves, which say more.
    await waitUntil(look, { what: 'agreement with the chain', timeoutMs: 3_000 }).catch(() => undefined);
    return problems;
  }

  #recentLog(): string {
    const lines = this.logger.lines.slice(-15);
    return lines.map(({ level, message, facts }) => `${level} ${message} ${JSON.stringify(facts)}`).join('\n');
  }

  async #startTracker(): Promise<void> {
    this.#address.url = await this.#runtime.start(this.#config());
  }

  #config(): Config {
    const chain: ChainConfig = {
      chain: caseChain,
      name: null,
      chainId: caseChainId,
      confirmations: 5,
      thresholds: [3],
      blockTimeMs: 200,
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
      roles,
      distributed: null,
      dataDir: 'memory',
      historyDays: 90,
      server: { ...nowhere, allowedOrigins: [] },
      admin: nowhere,
      chains: [chain],
      apiKey,
      adminKey: null,
      logLevel: 'silent',
    };
  }
}

function shortOf({ type, data }: TxTrailEvent): string {
  const short = type.replace('transaction.', '');
  return short === 'confirmation' ? `${short} ${data.confirmations}` : short;
}

const credentials: Credentials = {
  tenantOf: (key) => (key === apiKey ? 'default' : null),
  isAdmin: () => false,
  cursorSecret: createHash('sha256').update('case tests').digest(),
};

/** The vitest project `distributed-cases` runs the same cases over the roles of the distributed mode. */
function runtimeOf(deps: ConstructorParameters<typeof EmbeddedCase>[0]): CaseRuntime {
  return process.env['TESTED_MODE'] === 'distributed' ? new DistributedCase(deps) : new EmbeddedCase(deps);
}
