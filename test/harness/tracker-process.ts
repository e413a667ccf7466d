import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess, type ExitState, type RunningProcess } from './child-process.ts';
import { freePort } from './free-port.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface TrackerOptions {
  /** Values of `--chain`. */
  readonly chainFlags?: readonly string[];
  /** The configuration file's content; JSON is YAML too. */
  readonly config?: object;
  /** `given`: both keys by environment. `printed`: the tracker makes them and prints them at its first start. */
  readonly keys?: 'given' | 'printed';
  readonly environment?: Readonly<Record<string, string>>;
  /** The command and the arguments that run a TypeScript file; plain Node where left out. */
  readonly launcher?: readonly [string, ...string[]];
}

const givenApiKey = 'api-key-for-tests-0123456789-0123456789';
const givenAdminKey = 'admin-key-for-tests-0123456789-0123456789';

/** Long enough for a cold start beside other work on a small machine. */
const readyTimeoutMs = 60_000;

/**
 * The tracker as people run it: a process with a data directory, which can be killed and started
 * again. Its address stays the same over restarts.
 */
export class TrackerProcess {
  readonly dataDirectory: string;
  /** Every process that was started, the last one being the present one. */
  readonly processes: RunningProcess[] = [];
  readonly #options: TrackerOptions;
  #port = 0;
  #adminPort = 0;
  #apiKey: string | null = null;

  constructor(options: TrackerOptions) {
    this.#options = options;
    this.dataDirectory = mkdtempSync(join(tmpdir(), 'txtrail-data-'));
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get adminUrl(): string {
    return `http://127.0.0.1:${this.#adminPort}`;
  }

  /** Known once the tracker has started. */
  get apiKey(): string {
    if (this.#apiKey === null) throw new Error('the tracker has not started yet');
    return this.#apiKey;
  }

  get process(): RunningProcess {
    const last = this.processes.at(-1);
    if (last === undefined) throw new Error('the tracker was never started');
    return last;
  }

  /** Resolves once it says that it is ready. @throws Error with its last output when it ends before */
  async start(): Promise<void> {
    if (this.#adminPort === 0) this.#adminPort = await freePort();
    const [command, ...launcherArguments] = this.#options.launcher ?? [process.execPath];
    const child = startProcess({
      name: 'txtrail',
      command,
      args: [...launcherArguments, ...this.#arguments()],
      env: this.#environment(),
      cwd: root,
    });
    this.processes.push(child);
    const [, port] = await child.waitForLine(/^txtrail ready http:\/\/[^:]+:(\d+)/, readyTimeoutMs);
    this.#port = Number(port);
    this.#apiKey ??= this.#options.keys === 'printed' ? printedKey(child) : givenApiKey;
  }

  /** As a power cut would: no handler runs. */
  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.process.exited;
  }

  /** SIGTERM, and waits for what it makes of it. */
  terminate(): Promise<ExitState> {
    this.process.kill('SIGTERM');
    return this.process.exited;
  }

  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** Ends whatever runs and removes the data. */
  async remove(): Promise<void> {
    await this.processes.at(-1)?.stop(5_000);
    for (const path of [this.dataDirectory, this.#configFile]) rmSync(path, { recursive: true, force: true });
  }

  /** Beside the data directory, which is the tracker's alone. */
  get #configFile(): string {
    return `${this.dataDirectory}.yaml`;
  }

  #arguments(): string[] {
    const ports = ['--port', String(this.#port), '--admin-port', String(this.#adminPort)];
    const args = ['src/cli/main.ts', 'start', '--data', this.dataDirectory, ...ports];
    for (const flag of this.#options.chainFlags ?? []) args.push('--chain', flag);
    if (this.#options.config !== undefined) {
      writeFileSync(this.#configFile, JSON.stringify(this.#options.config));
      args.push('--config', this.#configFile);
    }
    return args;
  }

  #environment(): Record<string, string> {
    const keys =
      this.#options.keys === 'printed' ? {} : { TXTRAIL_API_KEY: givenApiKey, TXTRAIL_ADMIN_KEY: givenAdminKey };
    return { ...keys, ...this.#options.environment };
  }
}

function printedKey(child: RunningProcess): string {
  for (const { stream, text } of child.lines) {
    const match = stream === 'stdout' ? /^txtrail key (\S+)$/.exec(text) : null;
    if (match !== null) return String(match[1]);
  }
  throw new Error(`no key was printed before "ready"\n${child.tail()}`);
}
