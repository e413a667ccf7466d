import type { RegistrationOutcome } from '../core/partition/registration-input.ts';
import { type ReorgNote, withReorg } from '../core/chain/reorg-notes.ts';
import { type JournalMark, noEffects, type StatusEffects } from '../core/partition/effects.ts';
import { StatusNode } from '../core/partition/status-node.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import type { FactRecord } from '../core/records/fact-record.ts';
import type { RegistrationRecord } from '../core/records/registration-record.ts';
import type { Tracked } from '../core/transaction/tracked.ts';
import { eventLaneOf, type ShardCounts, senderLaneOf, type StreamName } from '../core/records/stream.ts';
import type { ChainAsks } from '../ports/chain-asks.ts';
import type { Counter, Gauge, Histogram, Metrics } from '../ports/metrics.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord } from '../ports/record-log.ts';
import { unreachable } from '../lib/assert.ts';
import { Waiters } from '../lib/waiters.ts';

export interface StatusRunnerOptions {
  readonly shards: ShardCounts;
  readonly chains: readonly string[];
}

export interface StatusRunnerDeps {
  readonly asks: ChainAsks;
  readonly metrics: Metrics;
  /** Told how many transactions it holds. */
  readonly tracked: Gauge;
  /** Where other processes are to know what was decided here. */
  readonly observer?: StatusObserver;
}

/** Told, as each record is applied, of what readers and callers elsewhere wait for. */
export interface StatusObserver {
  /** It may look different to a reader from now on; also during a replay. */
  changed(tracked: Tracked, isGone: boolean): void;
  /** What became of a request. Not during a replay: whoever waited then has given up. */
  decided(record: RegistrationRecord, outcome: RegistrationOutcome): void;
  /** Something was said of the transaction, or its broadcast was judged. Not during a replay. */
  heard(id: string): void;
}

/**
 * Stage 3, DECIDE: reads registrations, blocks and facts in the journal's order, lets the core
 * decide, and hands on what follows: events to the event lanes, families to the sender lanes,
 * questions and sends to the chains. Questions go out only once the replay is over; until then the
 * state remembers them.
 */
export class StatusRunner implements Processor {
  readonly name = 'status';
  readonly node: StatusNode;
  readonly outcomes = new Waiters<RegistrationOutcome>();
  readonly words = new Waiters<void>();
  readonly #options: StatusRunnerOptions;
  readonly #asks: ChainAsks;
  readonly #metrics: StatusMetrics;
  readonly #observer: StatusObserver | null;
  #reorgs = new Map<string, readonly ReorgNote[]>();
  #live = false;
  #mark: JournalMark = { position: 0, timeMs: 0 };

  constructor(options: StatusRunnerOptions, deps: StatusRunnerDeps) {
    this.#options = options;
    this.#asks = deps.asks;
    this.#metrics = statusMetrics(deps);
    const { observer } = deps;
    this.#observer = observer ?? null;
    const onChange = observer === undefined ? null : observer.changed.bind(observer);
    this.node = new StatusNode(options.shards.partitions, options.chains, onChange);
  }

  handles(stream: StreamName): boolean {
    return /^(journal|registrations|blocks|facts)\//.test(stream);
  }

  apply(record: LogRecord): readonly NewRecord[] {
    const mark = { position: record.position, timeMs: record.timeMs };
    this.#mark = mark;
    const effects = this.#decide(record, mark);
    for (const event of effects.events) this.#heard(event.transactionId);
    if (this.#live) this.#ask(effects);
    return this.#derived(effects);
  }

  goLive(): void {
    this.#live = true;
    this.#ask(this.node.wants(this.#mark));
  }

  /** A chain has a new watcher, which knows of no question yet. */
  askAgain(chain: string): void {
    if (this.#live) this.#ask(this.node.wants(this.#mark, chain));
  }

  reorgsOf(chain: string): readonly ReorgNote[] {
    return this.#reorgs.get(chain) ?? [];
  }

  sections(): readonly Section[] {
    return [...this.node.sections(), { name: 'reorgs', text: JSON.stringify([...this.#reorgs]) }];
  }

  restore({ name, text }: Section): boolean {
    if (name !== 'reorgs') return this.node.restore(name, text);
    // Snapshots of a first form do not name the blocks that left.
    const notes = JSON.parse(text) as [string, (Omit<ReorgNote, 'orphaned'> & Partial<ReorgNote>)[]][];
    this.#reorgs = new Map(
      notes.map(([chain, kept]) => [chain, kept.map((note) => ({ ...note, orphaned: note.orphaned ?? [] }))]),
    );
    return true;
  }

  restored(): void {
    this.node.restored();
  }

  #decide(record: LogRecord, mark: JournalMark): StatusEffects {
    const log = record.stream.slice(0, record.stream.indexOf('/')) as 'journal' | 'registrations' | 'blocks' | 'facts';
    switch (log) {
      case 'journal':
        // A claim or a clean end is no tick: what the last process still owed comes before time goes on.
        return isTick(record) ? this.node.applyTime(mark) : noEffects();
      case 'registrations':
        return this.#register(JSON.parse(record.payload) as RegistrationRecord, mark);
      case 'blocks':
        return this.#follow(JSON.parse(record.payload) as ChainRecord, mark);
      case 'facts':
        return this.#learn(JSON.parse(record.payload) as FactRecord, mark);
      default:
        return unreachable(log);
    }
  }

  #register(record: RegistrationRecord, mark: JournalMark): StatusEffects {
    const { effects, outcome } = this.node.applyRegistration(record, mark);
    this.#metrics.registrations.add(1, { outcome: outcome.kind });
    this.#metrics.tracked.set(this.node.trackedCount);
    if (record.requestId !== null) this.outcomes.resolve(record.requestId, outcome);
    if (this.#live) this.#observer?.decided(record, outcome);
    return effects;
  }

  #follow(record: ChainRecord, mark: JournalMark): StatusEffects {
    // Before it is applied, while the view still holds the blocks that leave.
    if (record.kind === 'reverted') this.#noteReorg(record, mark);
    if (record.kind === 'applied' && this.#live) {
      const seconds = Math.max(0, mark.timeMs - record.seenMs) / 1_000;
      this.#metrics.stage.observe(seconds, { stage: 'seen_to_journal' });
    }
    return this.node.applyChain(record, mark);
  }

  #learn(fact: FactRecord, mark: JournalMark): StatusEffects {
    const effects = this.node.applyFact(fact, mark);
    if (fact.kind === 'broadcast') {
      for (const tracked of this.node.chain(fact.chain).index.byHash.get(fact.hash)) this.#heard(tracked.id);
    }
    return effects;
  }

  #noteReorg(record: Extract<ChainRecord, { readonly kind: 'reverted' }>, mark: JournalMark): void {
    const { view } = this.node.chain(record.chain);
    this.#reorgs.set(record.chain, withReorg(this.reorgsOf(record.chain), record, view, mark.timeMs));
  }

  #heard(id: string): void {
    this.words.resolve(id);
    if (this.#live) this.#observer?.heard(id);
  }

  #ask({ probes, submissions }: StatusEffects): void {
    for (const probe of probes) this.#asks.probe(probe);
    for (const submission of submissions) this.#asks.submit(submission);
  }

  #derived({ events, senders }: StatusEffects): readonly NewRecord[] {
    const { eventLanes, senderLanes } = this.#options.shards;
    return [
      ...events.map((event) => ({
        stream: `events/${eventLaneOf(event.tenant, event.subscriber, eventLanes)}` as const,
        payload: JSON.stringify(event),
      })),
      ...senders.map((record) => ({
        stream: `senders/${senderLaneOf(record.chain, record.sender, senderLanes)}` as const,
        payload: JSON.stringify(record),
      })),
    ];
  }
}

function isTick({ payload }: LogRecord): boolean {
  return (JSON.parse(payload) as { readonly kind: string }).kind === 'tick';
}

interface StatusMetrics {
  readonly registrations: Counter;
  readonly tracked: Gauge;
  readonly stage: Histogram;
}

function statusMetrics({ metrics, tracked }: StatusRunnerDeps): StatusMetrics {
  return {
    registrations: metrics.counter({
      name: 'txtrail_registrations_total',
      help: 'Registration records applied, by outcome',
      labels: ['outcome'],
    }),
    tracked,
    stage: stageHistogram(metrics),
  };
}

export function trackedGauge(metrics: Metrics): Gauge {
  return metrics.gauge({ name: 'txtrail_tracked_transactions', help: 'Tracked transactions held' });
}

/** One histogram for every leg of an event's way, so that the legs add up. */
export function stageHistogram(metrics: Metrics): Histogram {
  return metrics.histogram({
    name: 'txtrail_stage_seconds',
    help: 'Time an event spent in each stage, in seconds',
    labels: ['stage'],
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60],
  });
}
