import type { CrashSurvival } from '../../../src/adapters/memory/disk-fault.ts';
import type { MemoryDisk } from '../../../src/adapters/memory/memory-disk.ts';
import { MemoryHistory } from '../../../src/adapters/memory/memory-history.ts';
import type { Administration } from '../../../src/adapters/sqlite/open-administration.ts';
import { type Embedded, startEmbedded } from '../../../src/runtime/embedded.ts';
import { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import { beginMs, publicPort } from '../seed-plan.ts';
import { ProcessTime, type SimulatedTime } from '../time/simulated-time.ts';
import { DiskFaults } from './disk-faults.ts';
import type { LineEnd } from './line.ts';
import { simulatedAdministration } from './simulated-administration.ts';
import { SimulatedListener } from './simulated-listener.ts';
import type { SimulatedNetwork } from './simulated-network.ts';
import { simulatedPlatform } from './simulated-platform.ts';
import { SimulatedMetrics } from './simulated-watch.ts';

export interface MachineParts {
  readonly disk: MemoryDisk;
  readonly network: SimulatedNetwork;
}

/** Whoever watches the process starts it again so much later, and each time later while it does not come to serve. */
const restartDelayMs = 500;
const restartDelayMaxMs = 8_000;

/** One life of the process: from its start to its end, whichever way that comes. */
class Life {
  readonly time: ProcessTime;
  readonly listener: SimulatedListener;
  readonly network: ReturnType<SimulatedNetwork['reach']>;
  readonly metrics = new SimulatedMetrics();
  embedded: Embedded | null = null;
  isOver = false;

  constructor(wall: { readonly offsetMs: number }, network: SimulatedNetwork, time: SimulatedTime) {
    this.time = new ProcessTime(time, wall);
    this.listener = new SimulatedListener(time);
    this.network = network.reach(this.time);
  }

  end(): void {
    this.isOver = true;
    this.time.end();
    this.network.end();
    this.listener.end();
  }
}

/**
 * The machine on which the product runs: it starts the process by the composition root that
 * `txtrail start` uses, starts it again when it ends, and can lose it in every way that a machine can.
 */
export class Machine {
  /** Lies beside the disk, as whole as it was when a process wrote it last. */
  readonly administration: Administration;
  readonly #disk: MemoryDisk;
  readonly #history = new MemoryHistory();
  readonly #network: SimulatedNetwork;
  readonly #context: Context;
  /** Unix milliseconds at the beginning of the run, by the machine's clock. */
  readonly #wall = { offsetMs: beginMs };
  readonly #faults: DiskFaults;
  /** How to undo the damage that lies on the disk. */
  #mends: (() => Promise<void>)[] = [];
  #life: Life | null = null;
  #lives = 0;
  #isOff = false;
  #hinderedUntilMs = 0;
  /** In a row. */
  #failedStarts = 0;

  constructor(parts: MachineParts, context: Context) {
    this.#disk = parts.disk;
    this.#network = parts.network;
    this.#context = context;
    this.administration = simulatedAdministration(new ProcessTime(context.time, this.#wall));
    const chance = new Chance(context.seed, 'disk');
    this.#faults = new DiskFaults({ chance, onCrash: (survival) => this.#cutPowerDuringOperation(survival) }, context);
    parts.disk.decideFault = this.#faults.decide;
  }

  /** Starts so far. */
  get lives(): number {
    return this.#lives;
  }

  get isServing(): boolean {
    return this.#life?.embedded != null;
  }

  /** What the process counts; empty before it serves. */
  get metrics(): ReadonlyMap<string, number> {
    return this.#life?.metrics.values ?? new Map();
  }

  /** Since when nothing keeps the process from its work; null: something does. */
  get freeSinceMs(): number | null {
    const sinceMs = Math.max(this.#hinderedUntilMs, this.#faults.hungUntilMs);
    return this.isServing && sinceMs <= this.#context.time.nowMs ? sinceMs : null;
  }

  /** Number of the head that the process counts as followed; null: none yet. */
  headFollowed(chain: string): number | null {
    return this.#life?.metrics.ofChains.get(`txtrail_watch_head_number ${chain}`) ?? null;
  }

  /** A client's connection; null: nobody listens. */
  connect(latencyMs: number): LineEnd | null {
    return this.#life?.listener.connect(publicPort, latencyMs) ?? null;
  }

  /** The files of the data directory, by name. */
  async files(): Promise<readonly (readonly [string, Uint8Array])[]> {
    const names = await this.#disk.list();
    return names.map((name) => [name, this.#disk.contents(name)]);
  }

  start(): void {
    const { time, trace, plan } = this.#context;
    const life = new Life(this.#wall, this.#network, time);
    this.#life = life;
    this.#faults.hasStruck = false;
    this.#lives += 1;
    const { administration } = this;
    const parts = { ...life, disk: this.#disk, history: this.#history, administration, life: this.#lives };
    startEmbedded(plan.config, simulatedPlatform(parts, this.#context)).then(
      (embedded) => {
        if (life.isOver) return;
        life.embedded = embedded;
        this.#failedStarts = 0;
        this.#hinder(0);
        trace.add(time.nowMs, 'process', 'serves', String(this.#lives));
        void embedded.failed.then((cause) => this.#endItself(life, cause));
      },
      (cause: Error) => this.#endItself(life, cause),
    );
  }

  /** The process is gone at once, the machine is not: what it wrote is there, what it did not sync is not safe. */
  kill(): void {
    this.#end('killed');
    this.#disk.restartProcess();
    this.#startAgain();
  }

  /** The machine is gone at once, with what was not synced, as far as the survival says. */
  cutPower(survival: CrashSurvival = this.#faults.survival()): void {
    this.#end('power cut');
    this.#disk.crash();
    this.#disk.restart(survival);
    this.#startAgain();
  }

  /** The operation that is under way still decides what it leaves behind; the disk is back after it. */
  #cutPowerDuringOperation(survival: CrashSurvival): void {
    this.#end('power cut at a disk operation');
    this.#context.time.after(0, () => {
      this.#disk.restart(survival);
      this.#startAgain();
    });
  }

  /** SIGTERM: it drains and ends by itself, to be started again. */
  terminate(): void {
    const life = this.#life;
    if (life?.embedded == null) return;
    this.#context.trace.add(this.#context.time.nowMs, 'process', 'drains', '');
    this.#context.reach('drained');
    void life.embedded.drain().then(
      () => {
        if (this.#life !== life) return;
        this.#end('drained');
        this.#disk.restartProcess();
        this.#startAgain();
      },
      (cause: Error) => this.#endItself(life, cause),
    );
  }

  /** The machine is switched off for good, and nothing of it stays in memory. */
  switchOff(): void {
    this.#isOff = true;
    this.#end('switched off');
  }

  /** Not a byte more fits on the disk for so long. */
  fillDisk(durationMs: number): void {
    const { time, reach } = this.#context;
    this.#disk.capacityBytes = 0;
    this.#hinder(durationMs);
    reach('the disk was full');
    time.after(durationMs, () => {
      this.#disk.capacityBytes = Number.POSITIVE_INFINITY;
    });
  }

  /** The process is gone, and a bit of what it left behind has changed. */
  flipBit(): void {
    this.kill();
    void this.files().then((files) => {
      const mend = this.#faults.flipBit(
        this.#disk,
        files.map(([name]) => name),
      );
      if (mend !== null) this.#mends.push(mend);
    });
  }

  /** Whoever operates it sets the clock right, and restores what is damaged on the disk and no start has found. */
  putInOrder(): void {
    this.#setClock(beginMs);
    this.#mend();
  }

  #mend(): void {
    for (const mend of this.#mends.splice(0)) void mend();
  }

  /** The wall clock is set; what is monotonic goes on. */
  jumpClock(byMs: number): void {
    this.#setClock(this.#wall.offsetMs + byMs);
    this.#context.reach(byMs < 0 ? 'the clock went back' : 'the clock went ahead');
  }

  /** The process turns no more for so long, and then finds everything at once. */
  stall(durationMs: number): void {
    this.#life?.time.stall(durationMs);
    this.#hinder(durationMs);
    this.#context.reach('the process stalled');
  }

  /** For so long from now on the process cannot do its work. */
  #hinder(durationMs: number): void {
    this.#hinderedUntilMs = Math.max(this.#hinderedUntilMs, this.#context.time.nowMs + durationMs);
  }

  #setClock(offsetMs: number): void {
    const { trace, time } = this.#context;
    if (offsetMs === this.#wall.offsetMs) return;
    trace.add(time.nowMs, 'clock', 'is off by', String(offsetMs - beginMs));
    this.#wall.offsetMs = offsetMs;
  }

  #startAgain(): void {
    const delayMs = Math.min(restartDelayMaxMs, restartDelayMs * 2 ** this.#failedStarts);
    this.#context.time.after(delayMs, () => {
      if (this.#life === null && !this.#isOff) this.start();
    });
  }

  /** A process may give up where its disk failed; then it must go on from what the disk kept. */
  #endItself(life: Life, cause: Error): void {
    if (life.isOver) return;
    this.#end(`by itself: ${cause.message}`);
    if (life.embedded === null) this.#failedStarts += 1;
    this.#disk.restartProcess();
    const isFull = this.#disk.capacityBytes === 0;
    if (this.#mends.length > 0) this.#context.reach('damage was found and said');
    else if (!this.#faults.hasStruck && !isFull) this.#context.report(`the process ended: ${cause.message}`);
    this.#mend();
    this.#startAgain();
  }

  #end(how: string): void {
    const { trace, time, judge } = this.#context;
    trace.add(time.nowMs, 'process', 'ends', how);
    judge.crashed(time.nowMs);
    if (this.#faults.isSaving) this.#context.reach('crash during a snapshot');
    this.#faults.isSaving = false;
    this.#life?.end();
    this.#life = null;
  }
}
