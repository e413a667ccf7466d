import { afterEach, describe, expect, test } from 'vitest';
import { ChainScript, detailsOf, hashOf } from '../../test/harness/chain-script.ts';
import { manualClock, recordingLogger } from '../../test/harness/recording-ports.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';
import { type AppendFate, MemoryBroker } from '../adapters/memory/memory-broker.ts';
import { ChainFeed } from '../core/chain/chain-feed.ts';
import { claimedRecordValue, claimValue } from '../core/records/claimed-stream.ts';
import type { FactRecord } from '../core/records/fact-record.ts';
import type { ProbeRecord, SubmissionRecord } from '../core/records/probe-record.ts';
import type { RefreshQuestion } from '../core/records/reply-record.ts';
import { laneOf, partitionOf, type StreamName } from '../core/records/stream.ts';
import type { ChainOutput, WatchResume } from '../ports/chain-output.ts';
import { ChainPost } from './chain-post.ts';
import type { ChainWatcher } from './chain-watcher.ts';
import { watchResumeOf } from './watch-resume.ts';

const chain = 'eip155:1';
const partitions = 8;
const lane = laneOf(chain, partitions);
const blocks: StreamName = `blocks/${chain}`;
const refreshed = { asked: ['main'], answered: ['main'], outcome: 'found', reasons: [] } as const;

/** A watcher that writes what the test says, and keeps what it is asked. */
class ToldWatcher implements ChainWatcher {
  readonly resume: WatchResume | null;
  readonly output: ChainOutput;
  readonly asked: (ProbeRecord | SubmissionRecord)[] = [];
  readonly failed: Promise<Error>;
  readonly fail: (cause: Error) => void;
  isRunning = false;
  refresh: ChainWatcher['refresh'] = async () => refreshed;

  constructor(resume: WatchResume | null, output: ChainOutput) {
    this.resume = resume;
    this.output = output;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.fail = resolve;
  }

  start(): void {
    this.isRunning = true;
  }

  async stop(): Promise<void> {
    this.isRunning = false;
  }

  report(): never {
    throw new Error('nobody looks at it here');
  }

  probe(probe: ProbeRecord): void {
    this.asked.push(probe);
  }

  submit(submission: SubmissionRecord): void {
    this.asked.push(submission);
  }
}

const posts: ChainPost[] = [];

afterEach(async () => {
  await Promise.all(posts.splice(0).map((post) => post.close()));
});

class PostRig {
  readonly broker = new MemoryBroker();
  readonly clock = manualClock();
  readonly logger = recordingLogger();
  readonly made: ToldWatcher[] = [];

  post(writer: string): ChainPost {
    const createWatcher = (resume: WatchResume | null, output: ChainOutput): ChainWatcher => {
      const watcher = new ToldWatcher(resume, output);
      this.made.push(watcher);
      return watcher;
    };
    const post = new ChainPost({ chain, partitions, writer }, { ...this, createWatcher });
    posts.push(post);
    return post;
  }

  async watching(writer: string): Promise<{ readonly post: ChainPost; readonly watcher: ToldWatcher }> {
    const post = this.post(writer);
    await post.start();
    const watcher = this.made.at(-1);
    if (watcher === undefined) throw new Error('no watcher was made');
    return { post, watcher };
  }

  async values(stream: StreamName): Promise<readonly string[]> {
    const { start, end } = await this.broker.bounds(stream);
    return (await Array.fromAsync(this.broker.read(stream, start, end))).flat().map(({ value }) => value ?? '');
  }

  /** The chain as one sees it who reads the stream from where it begins. */
  async feed(): Promise<ChainFeed> {
    const feed = new ChainFeed(chain);
    for (const value of await this.values(blocks)) feed.take(value);
    return feed;
  }

  ask(question: ProbeRecord | RefreshQuestion, stream: StreamName = `probes/${lane}`): Promise<readonly number[]> {
    return this.broker.append(stream, [{ key: null, value: JSON.stringify(question) }]);
  }
}

describe('the watcher of a chain', () => {
  test('begins without a past where nobody watched it, and writes under its claim', async () => {
    const rig = new PostRig();
    const { watcher } = await rig.watching('one');
    expect(watcher.resume).toBeNull();
    expect(watcher.isRunning).toBe(true);
    const script = new ChainScript(chain);
    await watcher.output.chain([script.anchor(), script.block()]);
    expect((await rig.feed()).view.head).toMatchObject({ number: 101, hash: script.head.hash });
  });

  test('goes on from the whole window, and reads no more of a long stream than it takes', async () => {
    const rig = new PostRig();
    const { post, watcher } = await rig.watching('one');
    const script = new ChainScript(chain);
    await watcher.output.chain([script.anchor()]);
    const said = Array.from({ length: 3_000 }, () => [script.block(), script.settle(script.head.number - 64)]).flat();
    for (let at = 0; at < said.length; at += 500) await watcher.output.chain(said.slice(at, at + 500));
    await post.close();
    const { end } = await rig.broker.bounds(blocks);
    const begun: number[] = [];
    const follow = rig.broker.follow.bind(rig.broker);
    rig.broker.follow = (stream, from, ...rest) => {
      if (stream === blocks) begun.push(from);
      return follow(stream, from, ...rest);
    };
    const next = await rig.watching('two');
    expect(begun).toHaveLength(1);
    expect(end - (begun[0] ?? 0)).toBeLessThan(3_000);
    expect(next.watcher.resume).toEqual(watchResumeOf((await rig.feed()).view));
    expect(next.watcher.resume?.blocks).toHaveLength(300);
  });

  test('goes as far back as the window needs where nothing became final for long', async () => {
    const rig = new PostRig();
    const { post, watcher } = await rig.watching('one');
    const script = new ChainScript(chain);
    await watcher.output.chain([script.anchor()]);
    const said = Array.from({ length: 4_000 }, () => script.block());
    for (let at = 0; at < said.length; at += 500) await watcher.output.chain(said.slice(at, at + 500));
    await post.close();
    const next = await rig.watching('two');
    expect(next.watcher.resume?.blocks).toHaveLength(4_001);
    expect(next.watcher.resume).toEqual(watchResumeOf((await rig.feed()).view));
  });

  test('claims its chain once, however much it writes: a second claim could take it from its successor', async () => {
    const rig = new PostRig();
    const { watcher } = await rig.watching('one');
    const script = new ChainScript(chain);
    await watcher.output.chain([script.anchor()]);
    for (let part = 0; part < 5; part += 1) {
      await watcher.output.chain(Array.from({ length: 400 }, () => script.block()));
    }
    expect((await rig.values(blocks)).filter((value) => value.startsWith('claim'))).toHaveLength(1);
  });

  test('tells each fact to the partition of its transaction, and of absence nothing', async () => {
    const rig = new PostRig();
    const { watcher } = await rig.watching('one');
    const sighting = (name: string): FactRecord => ({
      kind: 'sighting',
      chain,
      hash: hashOf(name),
      provider: 'main',
      details: detailsOf({ name }),
      block: null,
    });
    const absent: FactRecord = { kind: 'absent', chain, hash: hashOf('c'), providers: ['main'] };
    await watcher.output.facts([sighting('a'), absent, sighting('b')]);
    for (const name of ['a', 'b']) {
      const told = (await rig.values(`facts/${partitionOf(hashOf(name), partitions)}`)).map((text) => JSON.parse(text));
      expect(told).toContainEqual(sighting(name));
    }
    const all = await Promise.all(Array.from({ length: partitions }, (_, at) => rig.values(`facts/${at}`)));
    expect(all.flat()).toHaveLength(2);
  });

  test('tells its caller where a block cannot be stored', async () => {
    const rig = new PostRig();
    const { watcher } = await rig.watching('one');
    rig.broker.decideAppend = () => 'refused';
    const failing = watcher.output.chain([new ChainScript(chain).anchor()]);
    await expect(failing).rejects.toMatchObject({ code: 'broker_unavailable' });
  });

  test('that breaks ends its post with the cause', async () => {
    const rig = new PostRig();
    const { post, watcher } = await rig.watching('one');
    const cause = new Error('broken');
    watcher.fail(cause);
    expect(await post.ended).toBe(cause);
  });
});

describe('a watcher that is followed by another while both write', () => {
  test('ends with chain_taken; what it still writes is void for whoever reads (P02, P03)', async () => {
    const rig = new PostRig();
    const old = await rig.watching('one');
    const script = new ChainScript(chain);
    await old.watcher.output.chain([script.anchor(), script.block(), script.block()]);
    const { head } = script;
    const next = await rig.watching('two');
    // It goes on from the same window.
    expect(next.watcher.resume?.blocks.map(({ number }) => number)).toEqual([100, 101, 102]);
    expect(next.watcher.resume?.blocks.at(-1)).toEqual(head);
    const stale = new ChainScript(chain);
    stale.anchor();
    await Promise.all([
      old.watcher.output.chain([stale.block([], 'b'), stale.block([], 'b')]),
      next.watcher.output.chain([script.block()]),
      old.watcher.output.chain([stale.block([], 'b')]),
    ]);
    await next.watcher.output.chain([script.settle(101, 102)]);
    expect(await old.post.ended).toMatchObject({ code: 'chain_taken', facts: { chain } });
    const feed = await rig.feed();
    expect(feed.view.head).toEqual(script.head);
    expect(feed.view.finalized?.number).toBe(101);
    const third = await rig.watching('three');
    expect(third.watcher.resume?.blocks.at(-1)).toEqual(script.head);
    expect(third.watcher.resume?.finalized?.number).toBe(101);
    expect(await next.post.ended).toMatchObject({ code: 'chain_taken' });
  });

  test('before it had read its own claim, makes no watcher and ends', async () => {
    const rig = new PostRig();
    const { append } = rig.broker;
    rig.broker.append = async (stream, records) => {
      const offsets = await append.call(rig.broker, stream, records);
      if (records[0]?.value?.endsWith('one')) {
        await append.call(rig.broker, stream, [{ key: null, value: claimValue('two', 1) }]);
      }
      return offsets;
    };
    const post = rig.post('one');
    await post.start();
    expect(await post.ended).toMatchObject({ code: 'chain_taken' });
    expect(rig.made).toEqual([]);
  });

  test('by the claim of one that came late, ends; and the chain goes on from what was valid', async () => {
    const rig = new PostRig();
    const { post, watcher } = await rig.watching('two');
    const script = new ChainScript(chain);
    await watcher.output.chain([script.anchor(), script.block()]);
    const { head } = script;
    await rig.broker.append(blocks, [{ key: null, value: claimValue('one', 1) }]);
    await watcher.output.chain([script.block()]);
    expect(await post.ended).toMatchObject({ code: 'chain_taken' });
    const next = await rig.watching('three');
    expect(next.watcher.resume?.blocks.at(-1)).toEqual(head);
  });
});

describe('a watcher that begins', () => {
  test('in a stream whose claim is gone, resumes from what its newest writer said', async () => {
    const rig = new PostRig();
    const old = await rig.watching('one');
    const script = new ChainScript(chain);
    const stale = new ChainScript(chain);
    await old.watcher.output.chain([script.anchor(), script.block()]);
    stale.anchor();
    const next = await rig.watching('two');
    await old.watcher.output.chain([stale.block([], 'b')]);
    await next.watcher.output.chain([script.block(), script.block(), script.block()]);
    // What is kept begins with a void record, and nothing before it says so.
    await rig.broker.trim(blocks, 4);
    const third = await rig.watching('three');
    expect(third.watcher.resume?.blocks.map(({ number }) => number)).toEqual([102, 103, 104]);
    expect(third.watcher.resume?.blocks.at(-1)).toEqual(script.head);
  });

  test('does not where its claim cannot be stored, or nobody knows whether it was', async () => {
    for (const fate of ['refused', 'answer_lost', 'late'] as const) {
      const rig = new PostRig();
      rig.broker.decideAppend = (): AppendFate => fate;
      await expect(rig.post('one').start()).rejects.toMatchObject({ code: 'broker_unavailable' });
      expect(rig.made).toEqual([]);
      rig.broker.decideAppend = () => 'stored';
      // The late claim of a writer that gave up stands behind the new one's: that one hears of it.
      const { post } = await rig.watching('two');
      rig.broker.storeLate();
      if (fate === 'late') expect(await post.ended).toMatchObject({ code: 'chain_taken' });
    }
  });

  test('and is closed meanwhile, makes no watcher', async () => {
    const rig = new PostRig();
    const { promise, resolve } = Promise.withResolvers<AppendFate>();
    rig.broker.decideAppend = () => promise;
    const post = rig.post('one');
    const starting = post.start();
    await Promise.resolve();
    await post.close();
    resolve('stored');
    await starting;
    expect(rig.made).toEqual([]);
    expect(post.watcher).toBeNull();
  });

  test('finds a record that is none of a chain, and ends rather than guess', async () => {
    const rig = new PostRig();
    await rig.broker.append(blocks, [
      { key: null, value: claimValue('zero', 1) },
      { key: null, value: 'poison' },
    ]);
    const post = rig.post('one');
    await post.start();
    expect(await post.ended).toMatchObject({ name: 'InvariantError' });
    expect(rig.made).toEqual([]);
  });

  test('finds blocks that do not link, and ends rather than guess', async () => {
    const rig = new PostRig();
    const [script, other] = [new ChainScript(chain), new ChainScript(chain)];
    other.anchor(200);
    const written = (record: unknown) => claimedRecordValue({ writer: 'zero', offset: 0 }, 1, JSON.stringify(record));
    const values = [claimValue('zero', 1), written(script.anchor()), written(other.block())];
    await rig.broker.append(
      blocks,
      values.map((value) => ({ key: null, value })),
    );
    const post = rig.post('one');
    await post.start();
    expect(await post.ended).toMatchObject({ name: 'InvariantError' });
  });
});

describe('questions to a chain', () => {
  test('that are asked as soon as a claim is seen reach the watcher that made it', async () => {
    const rig = new PostRig();
    const lookup: ProbeRecord = { kind: 'lookup', chain, hash: hashOf('a') };
    const { append } = rig.broker;
    rig.broker.append = async (stream, records) => {
      const offsets = await append.call(rig.broker, stream, records);
      // Before the watcher has read a thing.
      if (stream === blocks)
        await append.call(rig.broker, `probes/${lane}`, [{ key: null, value: JSON.stringify(lookup) }]);
      return offsets;
    };
    const { watcher } = await rig.watching('one');
    await waitUntil(() => watcher.asked.length > 0, { what: 'the question', everyMs: 2 });
    expect(watcher.asked).toEqual([lookup]);
  });

  test('of before its time, and of other chains in the same lane, are none of its own', async () => {
    const rig = new PostRig();
    await rig.ask({ kind: 'lookup', chain, hash: hashOf('old') });
    const { watcher } = await rig.watching('one');
    await rig.ask({ kind: 'lookup', chain: 'eip155:2', hash: hashOf('other') });
    await rig.ask({ kind: 'lookup', chain, hash: hashOf('own') });
    const submission = { chain, hash: hashOf('raw'), raw: '0x00' };
    await rig.broker.append(`submissions/${lane}`, [{ key: null, value: JSON.stringify(submission) }]);
    await waitUntil(() => watcher.asked.length === 2, { what: 'the questions', everyMs: 2 });
    expect(watcher.asked.map(({ hash }) => hash).toSorted()).toEqual([hashOf('own'), hashOf('raw')].toSorted());
  });

  test('that a gateway waits for are answered where it reads', async () => {
    const rig = new PostRig();
    const { watcher } = await rig.watching('one');
    const question = { kind: 'refresh', chain, hash: hashOf('a') } as const;
    const replies: StreamName = `replies/${laneOf('gateway', partitions)}`;
    await rig.ask({ ...question, requestId: 'gateway-refresh1' });
    await waitUntil(async () => (await rig.values(replies)).length === 1, { what: 'the reply', everyMs: 2 });
    watcher.refresh = () => Promise.reject(new Error('broken'));
    await rig.ask({ ...question, requestId: 'gateway-refresh2' });
    await waitUntil(() => rig.logger.lines.length > 0, { what: 'a warning', everyMs: 2 });
    watcher.refresh = async () => null;
    await rig.ask({ ...question, requestId: 'gateway-refresh3' });
    await waitUntil(async () => (await rig.values(replies)).length === 2, { what: 'the other reply', everyMs: 2 });
    expect((await rig.values(replies)).map((text) => JSON.parse(text))).toEqual([
      { kind: 'refresh', requestId: 'gateway-refresh1', refresh: refreshed },
      { kind: 'refresh', requestId: 'gateway-refresh3', refresh: null },
    ]);
  });

  test('that are none end the watcher, which begins anew behind them', async () => {
    const rig = new PostRig();
    const { post } = await rig.watching('one');
    await rig.broker.append(`probes/${lane}`, [{ key: null, value: 'poison' }]);
    expect(await post.ended).toBeInstanceOf(SyntaxError);
    await post.close();
    const next = await rig.watching('two');
    await rig.ask({ kind: 'lookup', chain, hash: hashOf('a') });
    await waitUntil(() => next.watcher.asked.length === 1, { what: 'the question', everyMs: 2 });
  });
});

test('a post that is closed stops its watcher and follows nothing more', async () => {
  const rig = new PostRig();
  const { post, watcher } = await rig.watching('one');
  await post.close();
  expect(watcher.isRunning).toBe(false);
  await rig.ask({ kind: 'lookup', chain, hash: hashOf('a') });
  await new Promise((resolve) => setImmediate(resolve));
  expect(watcher.asked).toEqual([]);
});
