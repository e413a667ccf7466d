import { describe, expect, test } from 'vitest';
import { ChainScript, hashOf } from '../../test/harness/chain-script.ts';
import { recordingMetrics } from '../../test/harness/recording-ports.ts';
import { defaultOptions } from '../../test/harness/status-rig.ts';
import type { ChainRecord } from '../core/records/chain-record.ts';
import { type Claim, claimedRecordValue, claimValue } from '../core/records/claimed-stream.ts';
import type { ProbeRecord } from '../core/records/probe-record.ts';
import type { StreamName } from '../core/records/stream.ts';
import { ClaimedBlocks } from './claimed-blocks.ts';
import { StatusRunner } from './status-runner.ts';

const chain = 'eip155:1';
const one: Claim = { writer: 'one', offset: 0 };
const two: Claim = { writer: 'two', offset: 9 };

class ClaimRig {
  readonly probes: ProbeRecord[] = [];
  readonly runner: StatusRunner;
  readonly blocks: ClaimedBlocks;
  #position = 0;

  constructor() {
    const shards = { partitions: 4, senderLanes: 4, eventLanes: 4 };
    const metrics = recordingMetrics();
    const asks = { probe: (probe: ProbeRecord) => void this.probes.push(probe), submit: () => undefined };
    const tracked = { set: () => undefined };
    this.runner = new StatusRunner({ shards, chains: [chain] }, { asks, metrics, tracked });
    this.blocks = new ClaimedBlocks(this.runner);
  }

  give(stream: StreamName, payload: string): void {
    this.#position += 1;
    this.blocks.apply({ stream, payload, position: this.#position, timeMs: 1_700_000_000_000 + this.#position });
  }

  claim({ writer }: Claim): void {
    this.give(`blocks/${chain}`, claimValue(writer, 1));
  }

  write(claim: Claim, ...records: readonly ChainRecord[]): void {
    for (const record of records) this.give(`blocks/${chain}`, claimedRecordValue(claim, 1, JSON.stringify(record)));
  }

  track(name: string): void {
    const hash = hashOf(name);
    const [given, details, claimed, raw] = [[], null, { from: null, nonce: null }, null];
    const key = { requestId: null, tenant: 'default', subscriber: 'default', id: `tx_${name}`, chain, hash };
    const record = { kind: 'track', ...key, options: defaultOptions, given, details, claimed, raw };
    this.give('registrations/0', JSON.stringify(record));
  }

  get head(): number | undefined {
    return this.runner.node.chain(chain).view.head?.number;
  }

  asked(): readonly string[] {
    return this.probes.splice(0).map(({ hash }) => hash);
  }
}

describe('blocks of a chain whose watcher is followed', () => {
  test('count as far as their writer had the claim; what the old one still writes is void (P02, P03)', () => {
    const rig = new ClaimRig();
    const [script, stale] = [new ChainScript(chain), new ChainScript(chain)];
    stale.anchor();
    rig.claim(one);
    rig.write(one, script.anchor(), script.block());
    rig.claim(two);
    rig.write(one, stale.block([], 'b'), stale.block([], 'b'), stale.block([], 'b'));
    expect(rig.head).toBe(101);
    rig.write(two, script.block());
    rig.write(one, stale.block([], 'b'));
    rig.write(two, script.revert(1), script.block([], 'c'), script.block([], 'c'));
    expect(rig.runner.node.chain(chain).view.head).toMatchObject({ number: 103, hash: script.head.hash });
  });

  test('are read where the status stage reads them, and other streams pass as they are', () => {
    const rig = new ClaimRig();
    expect(rig.blocks.handles(`blocks/${chain}`)).toBe(true);
    expect(rig.blocks.handles('senders/1')).toBe(false);
    rig.claim(one);
    rig.track('a');
    expect(rig.runner.node.trackedCount).toBe(1);
  });

  test('who claims it is remembered over a snapshot', () => {
    const rig = new ClaimRig();
    const script = new ChainScript(chain);
    rig.claim(one);
    rig.write(one, script.anchor());
    rig.claim(two);
    const sections = JSON.parse(JSON.stringify(rig.blocks.sections())) as ReturnType<ClaimedBlocks['sections']>;
    const restored = new ClaimRig();
    for (const section of sections) expect(restored.blocks.restore(section)).toBe(true);
    restored.blocks.restored();
    restored.write(one, script.block([], 'void'));
    expect(restored.head).toBe(100);
    script.revert(1);
    restored.write(two, script.block());
    expect(restored.head).toBe(101);
  });
});

describe('a new watcher', () => {
  test('is asked everything that is still wanted, since it knows of no question', () => {
    const rig = new ClaimRig();
    const script = new ChainScript(chain);
    rig.claim(one);
    rig.write(one, script.anchor());
    rig.blocks.goLive();
    for (const name of ['a', 'b']) rig.track(name);
    expect(rig.asked().toSorted()).toEqual([hashOf('a'), hashOf('b')].toSorted());
    rig.track('a');
    expect(rig.asked()).toEqual([]);
    rig.claim(two);
    expect(rig.asked().toSorted()).toEqual([hashOf('a'), hashOf('b')].toSorted());
  });

  test('is asked nothing during a replay, and everything at its end', () => {
    const rig = new ClaimRig();
    const script = new ChainScript(chain);
    rig.claim(one);
    rig.write(one, script.anchor());
    rig.track('a');
    rig.claim(two);
    expect(rig.asked()).toEqual([]);
    rig.blocks.goLive();
    expect(rig.asked()).toEqual([hashOf('a')]);
  });
});
