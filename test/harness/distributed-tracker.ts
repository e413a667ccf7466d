import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Role, roles } from '../../src/config/config.ts';
import { type ExitState, startProcess, type RunningProcess } from './child-process.ts';
import { freePort } from './free-port.ts';
import {
  deleteTopics,
  findKafka,
  findPostgres,
  findRedis,
  type FreshDatabase,
  freshDatabase,
  freshPrefix,
} from './services.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const apiKey = 'api-key-for-tests-0123456789-0123456789';
const adminKey = 'admin-key-for-tests-0123456789-0123456789';
const readyTimeoutMs = 90_000;
/** Enough to be spread, and few enough that five processes start quickly on a small machine. */
export const partitions = 8;

/** Whether the real services are there; says so loudly where one is not. */
export function hasServices(): boolean {
  return [findKafka(), findRedis(), findPostgres()].every((service) => service !== null);
}

/**
 * TxTrail in five processes, one a role, over the real services: topics and tables of its own, which
 * go with it. Each role can be killed and started again.
 */
export class DistributedTracker {
  readonly apiKey = apiKey;
  readonly #chains: readonly object[];
  readonly #folder = mkdtempSync(join(tmpdir(), 'txtrail-roles-'));
  readonly #prefix = freshPrefix();
  readonly #running = new Map<string, RunningProcess>();
  readonly #adminPorts = new Map<string, number>();
  #port = 0;
  #database: FreshDatabase | null = null;

  constructor(options: { readonly config: { readonly chains: readonly object[] } }) {
    this.#chains = options.config.chains;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get adminUrl(): string {
    return this.adminUrlOf('api');
  }

  adminUrlOf(name: string): string {
    return `http://127.0.0.1:${this.#adminPorts.get(name)}`;
  }

  /** The process that does this now: by its role, or by the name that another of that role was given. */
  processOf(name: string): RunningProcess {
    const found = this.#running.get(name);
    if (found === undefined) throw new Error(`no process does ${name}`);
    return found;
  }

  async start(): Promise<void> {
    await this.prepare();
    await Promise.all(roles.map((role) => this.startRole(role)));
  }

  /** Everything but the processes: the configuration, topics and tables. */
  async prepare(): Promise<void> {
    const postgres = findPostgres();
    if (postgres === null) throw new Error('PostgreSQL is missing');
    this.#database = await freshDatabase(postgres);
    this.#port = await freePort();
    for (const role of roles) this.#adminPorts.set(role, await freePort());
    writeFileSync(this.configFile, JSON.stringify(this.#config(this.#database.url)));
    const migration = this.#spawn('migrate', ['migrate', '--config', this.configFile]);
    const { code } = await migration.exited;
    if (code !== 0) throw new Error(`migrate ended with ${code}\n${migration.tail()}`);
  }

  get configFile(): string {
    return join(this.#folder, 'txtrail.yaml');
  }

  /** `name`: of another process of a role that one has already. */
  async startRole(role: Role, name: string = role): Promise<void> {
    const adminPort = this.#adminPorts.get(name) ?? (await freePort());
    this.#adminPorts.set(name, adminPort);
    const ports = ['--port', String(this.#port), '--admin-port', String(adminPort)];
    const child = this.#spawn(name, ['start', '--role', role, '--config', this.configFile, ...ports]);
    this.#running.set(name, child);
    await child.waitForLine(/^txtrail ready http:\/\//, readyTimeoutMs);
  }

  /** As a power cut would: no handler runs. */
  async kill(name: string): Promise<void> {
    const child = this.processOf(name);
    child.kill('SIGKILL');
    await child.exited;
  }

  async restart(role: Role): Promise<void> {
    await this.kill(role);
    await this.startRole(role);
  }

  /** SIGTERM to each, and what they make of it. */
  async terminateAll(): Promise<readonly ExitState[]> {
    const running = [...this.#running.values()];
    for (const child of running) child.kill('SIGTERM');
    return Promise.all(running.map((child) => child.exited));
  }

  /** The ends of what the processes printed, for error messages. */
  tails(): string {
    return [...this.#running].map(([role, child]) => `--- ${role}\n${child.tail(15)}`).join('\n');
  }

  /** Ends whatever runs, and removes topics and tables. */
  async remove(): Promise<void> {
    await Promise.all([...this.#running.values()].map((child) => child.stop(10_000)));
    await this.#database?.drop();
    await deleteTopics(findKafka() ?? [], this.#prefix);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(name: string, args: readonly string[]): RunningProcess {
    return startProcess({
      name: `txtrail ${name}`,
      command: process.execPath,
      args: ['src/cli/main.ts', ...args],
      env: { TXTRAIL_API_KEY: apiKey, TXTRAIL_ADMIN_KEY: adminKey },
      cwd: root,
    });
  }

  #config(postgres: string): object {
    return {
      mode: 'distributed',
      chains: this.#chains,
      distributed: {
        kafka: { brokers: findKafka(), partitions, topicPrefix: this.#prefix },
        redis: { nodes: findRedis() },
        postgres: { url: postgres },
      },
    };
  }
}
