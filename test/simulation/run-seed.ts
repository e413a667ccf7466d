import type { Transaction } from '@txtrail/protocol';
import { MemoryDisk } from '../../src/adapters/memory/memory-disk.ts';
import type { Administration } from '../../src/adapters/sqlite/open-administration.ts';
import { Chance } from './chance.ts';
import { Crowd } from './clients/crowd.ts';
import type { Context, Judge } from './context.ts';
import { DatedJudge } from './dated-judge.ts';
import { armedFor, type ArmedFault, type FaultName } from './faults.ts';
import { Oracle } from './oracle/oracle.ts';
import type { ChainRules } from './oracle/true-chain.ts';
import { type ChainPlan, calmFromMs, planOf, runMs, type SeedPlan } from './seed-plan.ts';
import { SimulatedTime } from './time/simulated-time.ts';
import { Trace } from './trace.ts';
import type { Witness } from './witness.ts';
import { ChainStory } from './world/chain-story.ts';
import { Machine } from './world/machine.ts';
import { Mishaps } from './world/mishaps.ts';
import { ProgressWatch } from './world/progress-watch.ts';
import { ProviderFaults } from './world/provider-faults.ts';
import { SimulatedChain } from './world/simulated-chain.ts';
import { SimulatedNetwork } from './world/simulated-network.ts';
import { chainFaults, providerFaults } from './world/world-faults.ts';

export interface SeedResult {
  readonly seed: number;
  /** SHA-256 of everything that passed a port. */
  readonly traceHash: string;
  /** Broken promises, in words; none: all is well. */
  readonly problems: readonly string[];
  /** The "sometimes" states that were reached. */
  readonly reached: readonly string[];
  readonly simulatedMs: number;
  readonly steps: number;
}

/** The clock may be set by so much in all. */
const clockOffMaxMs = 8 * 3_600_000;
/** By then every client has what is for it. */
const settledMs = runMs + 60_000;
/** The end of a run, after which the process has drained. */
const drainedMs = settledMs + 20_000;

/** What a run leaves behind: the disk and the keys as the last process left them, and the chains as they stand at its end. */
export interface Remains {
  readonly plan: SeedPlan;
  readonly disk: MemoryDisk;
  readonly administration: Administration;
  readonly chains: readonly SimulatedChain[];
}

export interface ShownRun {
  readonly result: SeedResult;
  readonly remains: Remains;
}

export async function runSeed(seed: number): Promise<SeedResult> {
  return new Simulation(planOf(seed), null).run();
}

/** The same, before somebody who wants to read it. */
export function showSeed(seed: number, witness: Witness): Promise<ShownRun> {
  return show(new Simulation(planOf(seed), witness));
}

/** A run after a plan of the caller's own, which need not be what its seed says. */
export function runPlan(plan: SeedPlan): Promise<ShownRun> {
  return show(new Simulation(plan, null));
}

async function show(simulation: Simulation): Promise<ShownRun> {
  const result = await simulation.run();
  return { result, remains: simulation.remains };
}

class Simulation implements Context {
  readonly seed: number;
  readonly plan: SeedPlan;
  readonly time = new SimulatedTime();
  readonly trace: Trace;
  readonly armed: Map<FaultName, ArmedFault>;
  readonly judge: Judge;
  readonly #dated: DatedJudge;
  readonly #witness: Witness | null;
  readonly #disk = new MemoryDisk();
  readonly #problems: string[] = [];
  readonly #reached = new Set<string>();
  readonly #chains: readonly SimulatedChain[];
  readonly #machine: Machine;
  readonly #crowd: Crowd;

  constructor(plan: SeedPlan, witness: Witness | null) {
    const { seed } = plan;
    this.seed = seed;
    this.plan = plan;
    this.#witness = witness;
    this.trace = new Trace(witness === null ? {} : { keep: (entry) => witness.keep(entry) });
    this.armed = new Map(armedFor(seed));
    const oracle = new Oracle({
      chains: this.plan.chains.map((chain) => rulesOf(chain, this.armed)),
      tenant: 'default',
      clockOffMs: this.armed.has('clock_jump') ? clockOffMaxMs : 0,
    });
    this.#dated = new DatedJudge(oracle);
    this.judge = witness?.hearing(this.#dated, this.time) ?? this.#dated;
    this.#chains = this.plan.chains.map((plan) => new SimulatedChain(plan, this));
    const network = new SimulatedNetwork(
      this.#chains.flatMap(({ hosts }) => hosts),
      this,
    );
    for (const chain of this.#chains) chain.join(network);
    this.#machine = new Machine({ disk: this.#disk, network }, this);
    this.#crowd = new Crowd(this.#machine, this);
  }

  report = (problem: string): void => {
    this.#witness?.problem(this.time.nowMs, problem);
    this.#problems.push(`${(this.time.nowMs / 1000).toFixed(3)} s: ${problem}`);
  };

  get remains(): Remains {
    const { administration } = this.#machine;
    return { plan: this.plan, disk: this.#disk, administration, chains: this.#chains };
  }

  reach = (state: string): void => {
    this.#reached.add(state);
  };

  async run(): Promise<SeedResult> {
    const { time, seed } = this;
    time.after(calmFromMs, () => {
      this.armed.clear();
      this.#machine.putInOrder();
    });
    this.#machine.start();
    new Mishaps(this.#machine, this).start();
    this.#crowd.start();
    this.#chains.forEach((chain, index) => {
      const story = new ChainStory(chain, {
        chance: new Chance(seed, `story/${index}`),
        context: this,
        onSent: (sending) => this.#crowd.sent(chain, sending),
      });
      story.start();
      const providerFaults = new ProviderFaults(chain, this);
      providerFaults.start();
      new ProgressWatch(chain, { machine: this.#machine, context: this, spared: providerFaults.spared }).start();
    });
    await time.run(runMs, () => undefined);
    await this.#settle();
    for (const [name, bytes] of await this.#machine.files()) this.trace.bytes(time.nowMs, 'file', name, bytes);
    this.#machine.terminate();
    await time.run(drainedMs, () => undefined);
    this.#machine.switchOff();
    return {
      seed,
      traceHash: this.trace.digest(),
      problems: this.#problems,
      reached: [...this.#reached, ...this.#dated.reached],
      simulatedMs: runMs,
      steps: time.steps,
    };
  }

  async #settle(): Promise<void> {
    let listed: readonly Transaction[] | null = null;
    void this.#crowd.settle().then((transactions) => {
      listed = transactions;
    });
    await this.time.run(settledMs, () => undefined);
    if (listed === null) return this.report('I19 the clients wait for something that does not come');
    const told = { transactions: listed, atMs: this.time.nowMs, upToDate: this.#crowd.upToDate };
    for (const problem of this.#dated.settled(told)) this.report(problem);
  }
}

/** A deep branch is walked back block by block, which takes longer than all else. */
const walksFar: ReadonlySet<FaultName> = new Set(['deep_reorg', 'finality_violated']);

/** Where only the chains themselves do what they may, what is said follows from them alone, and exactly. */
function rulesOf({ config, blockTimeMs }: ChainPlan, armed: ReadonlyMap<FaultName, ArmedFault>): ChainRules {
  const { chain, confirmations, thresholds, finality } = config;
  const isExact = [...armed.keys()].every((name) => name in chainFaults && !walksFar.has(name));
  // A receipt may take a second, a tag's move is seen by a poll.
  const exact = isExact ? { followMs: 2_000, settleMs: 2 * config.pollIntervalMs + blockTimeMs } : undefined;
  const mayShowFalse = [...armed.keys()].some((name) => name in providerFaults || name === 'finality_violated');
  return { chain, confirmations, thresholds, finality, exact, mayShowFalse };
}
