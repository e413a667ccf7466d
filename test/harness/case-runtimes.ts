import { createEvmProvider } from '../../src/adapters/evm/evm-provider.ts';
import { EvmRawDecoder } from '../../src/adapters/evm/evm-raw-decoder.ts';
import { type CrashSurvival, nothingUnsyncedSurvives } from '../../src/adapters/memory/disk-fault.ts';
import { MemoryDisk } from '../../src/adapters/memory/memory-disk.ts';
import { MemoryHistory } from '../../src/adapters/memory/memory-history.ts';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createNodeNetwork } from '../../src/adapters/node/node-network.ts';
import { createSystemRandom } from '../../src/adapters/node/system-random.ts';
import { createGateway, type Gateway } from '../../src/api/gateway.ts';
import type { Config } from '../../src/config/config.ts';
import type { Credentials } from '../../src/ports/credentials.ts';
import type { DiskLock } from '../../src/ports/disk.ts';
import type { PageFolder } from '../../src/ports/page-folder.ts';
import type { ChainReport } from '../../src/ports/tracker-service.ts';
import type { Machine } from '../../src/runtime/distributed/ports.ts';
import { type RunningRoles, startRoles } from '../../src/runtime/distributed/start-roles.ts';
import { type RunningTracker, startTracker } from '../../src/runtime/tracker.ts';
import type { fastTime } from './fast-time.ts';
import { memoryServices } from './memory-services.ts';
import type { RecordingLogger, recordingMetrics } from './recording-ports.ts';

export interface CaseRuntimeDeps {
  readonly time: ReturnType<typeof fastTime>;
  readonly logger: RecordingLogger;
  readonly metrics: ReturnType<typeof recordingMetrics>;
  readonly credentials: Credentials;
  readonly page: PageFolder | undefined;
}

/** One of the two ways in which the same stages run. */
export interface CaseRuntime {
  /** Gives the gateway's URL. */
  start(config: Config): Promise<string>;
  stop(): Promise<void>;
  /** What a process that is killed now leaves behind is all that the next one finds. */
  crash(survival?: CrashSurvival): Promise<void>;
  chains(): readonly ChainReport[];
}

/** One process over a disk in memory. */
export class EmbeddedCase implements CaseRuntime {
  readonly disk = new MemoryDisk();
  readonly #archive = new MemoryHistory();
  readonly #deps: CaseRuntimeDeps;
  #tracker: RunningTracker | null = null;
  #gateway: Gateway | null = null;
  #lock: DiskLock | null = null;

  constructor(deps: CaseRuntimeDeps) {
    this.#deps = deps;
  }

  get tracker(): RunningTracker {
    if (this.#tracker === null) throw new Error('the tracker is not running');
    return this.#tracker;
  }

  async start(config: Config): Promise<string> {
    const ports = { ...machineOf(this.#deps), ...this.#deps };
    this.#lock = await this.disk.lock();
    this.#tracker = await startTracker(config, {
      ...ports,
      disk: this.disk,
      lock: this.#lock,
      archive: this.#archive,
      decoder: new EvmRawDecoder(),
      providersOf: (chain) => chain.providers.map((provider) => createEvmProvider(provider, ports)),
    });
    const { service: tracker, events, answers } = this.#tracker;
    this.#gateway = createGateway(config.server, { ...ports, tracker, events, answers });
    return (await this.#gateway.listen()).url;
  }

  async stop(): Promise<void> {
    await this.#gateway?.drain();
    // After a crash the disk refuses what a clean close would write.
    await this.#tracker?.close().catch(() => undefined);
    // So does the lock, which the crash has freed.
    await this.#lock?.release().catch(() => undefined);
  }

  async crash(survival: CrashSurvival = nothingUnsyncedSurvives): Promise<void> {
    this.disk.crash();
    await this.stop();
    this.disk.restart(survival);
  }

  chains(): readonly ChainReport[] {
    return this.tracker.service.chains();
  }
}

/** Few, so that transactions of one case meet in a partition as well as not. */
const partitions = 4;

/** All five roles, each a client of services that outlive it. */
export class DistributedCase implements CaseRuntime {
  readonly #deps: CaseRuntimeDeps;
  readonly #services: ReturnType<typeof memoryServices>;
  #roles: RunningRoles | null = null;

  constructor(deps: CaseRuntimeDeps) {
    this.#deps = deps;
    this.#services = memoryServices({ clock: deps.time.clock, credentials: deps.credentials });
  }

  async start(config: Config): Promise<string> {
    const distributed = { ...config, mode: 'distributed' as const };
    this.#roles = await startRoles(distributed, partitions, { ...machineOf(this.#deps), ...this.#services });
    const { url } = this.#roles;
    if (url === null) throw new Error('the roles of a case serve clients');
    return url;
  }

  async stop(): Promise<void> {
    await this.#roles?.close();
  }

  /** A process writes nothing more once it is stopped, so ending it is as good as killing it. */
  async crash(): Promise<void> {
    await this.stop();
  }

  chains(): readonly ChainReport[] {
    return this.#roles?.chains() ?? [];
  }
}

function machineOf({ time, logger, metrics, page }: CaseRuntimeDeps): Machine {
  return {
    ...time,
    logger,
    metrics: { ...metrics, text: async () => '' },
    version: '0',
    network: createNodeNetwork(),
    listener: nodeListener,
    random: createSystemRandom(),
    page,
  };
}
