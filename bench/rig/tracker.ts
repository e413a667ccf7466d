import { TrackerProcess } from '../../test/harness/tracker-process.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { nodeOn, type Cores } from './cores.ts';
import { Inspector } from './inspector.ts';
import { cpuSecondsOf, type UsageMark } from './usage.ts';

export interface BenchChain {
  readonly chain: string;
  readonly http: string;
  readonly ws: string;
}

export interface TrackerSetup {
  readonly provider: BenchChain;
  /** Of the chain's entry in the configuration, beside its providers. */
  readonly chainOptions?: Readonly<Record<string, unknown>>;
  readonly providerOptions?: Readonly<Record<string, unknown>>;
}

/** Long enough for the slowest step on a busy machine; it only ends a broken run. */
const patienceMs = 120_000;

/** The real `txtrail start` with a data directory of its own, on the core that is measured. */
export class BenchTracker {
  readonly process: TrackerProcess;
  #inspector: Inspector | null = null;

  private constructor(process: TrackerProcess) {
    this.process = process;
  }

  static async start(cores: Cores, setup: TrackerSetup): Promise<BenchTracker> {
    const { chain, http, ws } = setup.provider;
    const provider = { name: 'scripted', http, ws, role: 'primary', ...setup.providerOptions };
    const tracker = new BenchTracker(
      new TrackerProcess({
        config: { chains: [{ chain, ...setup.chainOptions, providers: [provider] }] },
        launcher: nodeOn(cores.server, '--inspect=127.0.0.1:0'),
        environment: { NODE_NO_WARNINGS: '1' },
      }),
    );
    await tracker.process.start();
    await tracker.#attach();
    return tracker;
  }

  get url(): string {
    return this.process.url;
  }

  get processId(): number {
    return this.process.process.pid;
  }

  get inspector(): Inspector {
    if (this.#inspector === null) throw new Error('the tracker is not inspected');
    return this.#inspector;
  }

  get headers(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.process.apiKey}` };
  }

  /** Killed as by a power cut and started again on the same data. */
  async restart(): Promise<void> {
    this.#inspector?.close();
    await this.process.restart();
    await this.#attach();
  }

  async mark(): Promise<UsageMark> {
    const loop = await this.inspector.loopTime();
    return { timeMs: performance.now(), cpuSeconds: cpuSecondsOf(this.processId), loop };
  }

  /** The sum of a metric over its labels, or over those that hold `label`. */
  async metric(name: string, label = ''): Promise<number> {
    const answer = await fetch(`${this.process.adminUrl}/metrics`);
    return sumOfMetric(await answer.text(), name, label);
  }

  untilMetric(name: string, reaches: number, what: string): Promise<unknown> {
    const reached = async (): Promise<boolean> => (await this.metric(name)) >= reaches;
    return waitUntil(reached, { what, timeoutMs: patienceMs, everyMs: 50 });
  }

  async stop(): Promise<void> {
    this.#inspector?.close();
    await this.process.remove();
  }

  async #attach(): Promise<void> {
    const [, url] = await this.process.process.waitForLine(/^Debugger listening on (ws:\S+)/);
    this.#inspector = await Inspector.attach(String(url));
  }
}

export function sumOfMetric(text: string, name: string, label = ''): number {
  let sum = 0;
  for (const line of text.split('\n')) {
    const match = /^(\w+)(\{.*\})? (\S+)$/.exec(line);
    if (match?.[1] === name && (match[2] ?? '').includes(label)) sum += Number(match[3]);
  }
  return sum;
}
