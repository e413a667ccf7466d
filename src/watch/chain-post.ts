import { ChainFeed } from '../core/chain/chain-feed.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import { type Claim, claimedRecordValue, claimValue } from '../core/records/claimed-stream.ts';
import type { FactRecord } from '../core/records/fact-record.ts';
import type { ProbeRecord, SubmissionRecord } from '../core/records/probe-record.ts';
import { gatewayOf, type RefreshQuestion, type ReplyRecord } from '../core/records/reply-record.ts';
import { laneOf, partitionOf, type StreamName } from '../core/records/stream.ts';
import { assert } from '../lib/assert.ts';
import { TxTrailError } from '../lib/error.ts';
import { Latch } from '../lib/latch.ts';
import type { ChainOutput, WatchResume } from '../ports/chain-output.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { BrokerFollower, StoredRecord, StreamBroker } from '../ports/stream-broker.ts';
import type { ChainWatcher } from './chain-watcher.ts';
import { watchResumeOf } from './watch-resume.ts';

/** A watcher goes on from the window of the last one, which is at most so many blocks and what came between. */
const resumeRecords = 32_768;
/** How far back it is looked for first: an hour of blocks, as a rule, where all that is kept may be a gigabyte. */
const lookBackRecords: readonly number[] = [2_048, 16_384];

export interface ChainPostOptions {
  /** CAIP-2. */
  readonly chain: string;
  /** How many partitions, lanes of questions and lanes of replies there are. */
  readonly partitions: number;
  /** A name that no writer of the stream ever had. */
  readonly writer: string;
}

export interface ChainPostDeps {
  readonly broker: StreamBroker;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createWatcher: (resume: WatchResume | null, output: ChainOutput) => ChainWatcher;
}

/**
 * Stage 2, WATCH, where watchers change: claims the chain's stream, goes on from where it stands,
 * writes under its claim, and ends when another claims it.
 */
export class ChainPost implements ChainOutput {
  readonly #options: ChainPostOptions;
  readonly #deps: ChainPostDeps;
  readonly #blocks: StreamName;
  readonly #feed: ChainFeed;
  readonly #ended = Promise.withResolvers<Error>();
  readonly #read = new Latch();
  #followers: BrokerFollower[] = [];
  #watcher: ChainWatcher | null = null;
  #claim: Claim | null = null;
  #isClosed = false;
  /** Our claim was read, so that another's after it is a successor's. */
  #wasOurs = false;

  constructor(options: ChainPostOptions, deps: ChainPostDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#blocks = `blocks/${options.chain}`;
    this.#feed = new ChainFeed(options.chain);
  }

  /** Settles when it cannot go on: `chain_taken` where another watcher took over. Never rejects. */
  get ended(): Promise<Error> {
    return this.#ended.promise;
  }

  get watcher(): ChainWatcher | null {
    return this.#watcher;
  }

  async start(): Promise<void> {
    const { broker } = this.#deps;
    const lane = laneOf(this.#options.chain, this.#options.partitions);
    // Whoever sees the claim asks everything anew: so questions are followed from before it.
    const questions = await Promise.all(
      ([`probes/${lane}`, `submissions/${lane}`] as const).map(async (stream) => {
        const { end } = await broker.bounds(stream);
        return { stream, end };
      }),
    );
    const from = await this.#resumeFrom();
    if (this.#isClosed) return;
    this.#claim = await this.#writeClaim();
    if (this.#isClosed) return;
    this.#follow(this.#blocks, from, (record) => this.#takeBlock(record));
    await Promise.race([this.#read.wait(), this.#ended.promise]);
    if (this.#isClosed || this.#feed.writer !== this.#options.writer) return;
    const watcher = this.#deps.createWatcher(watchResumeOf(this.#feed.view), this);
    this.#watcher = watcher;
    void watcher.failed.then((cause) => this.#ended.resolve(cause));
    watcher.start();
    for (const { stream, end: from } of questions) this.#follow(stream, from, (record) => this.#takeQuestion(record));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#ended.resolve(new TxTrailError('chain_taken', `The watcher of ${this.#options.chain} was closed.`));
    await this.#watcher?.stop();
    await Promise.all(this.#followers.map((follower) => follower.stop()));
  }

  async chain(records: readonly ChainRecord[]): Promise<void> {
    const { broker, clock } = this.#deps;
    const claim = this.#claim;
    assert(claim !== null, 'nothing is written to a chain before it is claimed');
    const values = records.map((record) => claimedRecordValue(claim, clock.now(), JSON.stringify(record)));
    await broker.append(
      this.#blocks,
      values.map((value) => ({ key: null, value })),
    );
  }

  async facts(facts: readonly FactRecord[]): Promise<void> {
    const told = facts.filter(({ kind }) => kind !== 'absent');
    const byPartition = Map.groupBy(told, ({ hash }) => partitionOf(hash, this.#options.partitions));
    const appended = [...byPartition].map(([partition, ofPartition]) =>
      this.#deps.broker.append(
        `facts/${partition}`,
        ofPartition.map((fact) => ({ key: null, value: JSON.stringify(fact) })),
      ),
    );
    await Promise.all(appended);
  }

  /** The offset from which the stream tells the whole window. */
  async #resumeFrom(): Promise<number> {
    const { broker } = this.#deps;
    const { start, end } = await broker.bounds(this.#blocks);
    for (const from of lookBackRecords.map((records) => end - records)) {
      if (from <= start || this.#isClosed) break;
      const feed = new ChainFeed(this.#options.chain);
      for await (const records of broker.read(this.#blocks, from, end)) {
        for (const { value } of records) feed.take(value ?? '');
      }
      if (feed.isWhole) return from;
    }
    return Math.max(start, end - resumeRecords);
  }

  async #writeClaim(): Promise<Claim> {
    const { broker, clock } = this.#deps;
    const { writer } = this.#options;
    const [offset] = await broker.append(this.#blocks, [{ key: null, value: claimValue(writer, clock.now()) }]);
    assert(offset !== undefined, 'the broker tells where the claim stands');
    return { writer, offset };
  }

  #follow(stream: StreamName, from: number, take: (record: StoredRecord) => void): void {
    const follower = this.#deps.broker.follow(
      stream,
      from,
      (records) => {
        for (const record of records) take(record);
      },
      (cause) => this.#ended.resolve(cause),
    );
    this.#followers.push(follower);
  }

  #takeBlock({ value }: StoredRecord): void {
    this.#feed.take(value ?? '');
    const isOurs = this.#feed.writer === this.#options.writer;
    if (isOurs) {
      this.#wasOurs = true;
      this.#read.set();
    } else if (this.#wasOurs) {
      const message = `Another process watches ${this.#options.chain} now.`;
      this.#ended.resolve(new TxTrailError('chain_taken', message, { facts: { chain: this.#options.chain } }));
    }
  }

  #takeQuestion({ value }: StoredRecord): void {
    const question = JSON.parse(value ?? '') as ProbeRecord | RefreshQuestion | SubmissionRecord;
    const watcher = this.#watcher;
    if (question.chain !== this.#options.chain || watcher === null) return;
    if (!('kind' in question)) watcher.submit(question);
    else if (question.kind === 'refresh') void this.#refresh(watcher, question);
    else watcher.probe(question);
  }

  async #refresh(watcher: ChainWatcher, { requestId, hash }: RefreshQuestion): Promise<void> {
    const { broker, logger } = this.#deps;
    try {
      const refresh = await watcher.refresh(hash);
      const reply: ReplyRecord = { kind: 'refresh', requestId, refresh };
      const lane = laneOf(gatewayOf(requestId), this.#options.partitions);
      await broker.append(`replies/${lane}`, [{ key: null, value: JSON.stringify(reply) }]);
    } catch (error) {
      // The gateway's wait ends by itself, and its caller may ask again.
      logger.warn('a refresh could not be answered', { chain: this.#options.chain, error });
    }
  }
}
