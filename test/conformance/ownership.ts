import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Membership, Ownership } from '../../src/ports/ownership.ts';
import { waitUntil } from '../harness/wait-until.ts';

export interface OwnershipFixture {
  /** As another process sees it. */
  another(): Ownership;
  /** The process is gone, and nobody was told. */
  crash(ownership: Ownership): Promise<void>;
  dispose(): Promise<void>;
}

export interface OwnershipSuiteOptions {
  /** Milliseconds until a process that is gone is found to be; only how long the test waits. */
  readonly patienceMs: number;
  /** Whether members die apart from each other. */
  readonly canCrash: boolean;
}

const shards = 8;

/** One member: what it was told, and that it was told in order. */
class Member {
  readonly name: string;
  readonly owned = new Set<number>();
  readonly lost: number[] = [];
  readonly failures: Error[] = [];
  /** What a release waits for. */
  releasing: Promise<void> = Promise.resolve();
  membership: Membership | null = null;
  readonly #all: readonly Member[];
  readonly #inRelease = new Set<number>();

  constructor(name: string, all: readonly Member[]) {
    this.name = name;
    this.#all = all;
  }

  async join(ownership: Ownership, group = 'status'): Promise<void> {
    this.membership = await ownership.join(
      { group, shards },
      {
        onGained: (gained) => this.#gain(gained),
        onLost: (lost) => this.#lose(lost),
        onFailure: (cause) => void this.failures.push(cause),
      },
    );
  }

  #gain(gained: readonly number[]): void {
    for (const shard of gained) {
      expect(this.owned.has(shard) || this.#inRelease.has(shard), `${this.name} is told of ${shard} twice`).toBe(false);
      for (const other of this.#all) expect(other.owned.has(shard), `${shard} is still ${other.name}'s`).toBe(false);
      this.owned.add(shard);
    }
  }

  async #lose(lost: readonly number[]): Promise<void> {
    for (const shard of lost) {
      expect(this.owned.has(shard), `${this.name} loses ${shard}, which it has not`).toBe(true);
      this.#inRelease.add(shard);
      this.lost.push(shard);
    }
    await this.releasing;
    for (const shard of lost) {
      this.#inRelease.delete(shard);
      this.owned.delete(shard);
    }
  }
}

/** What the port `Ownership` promises. */
export function ownershipSuite(
  name: string,
  create: () => Promise<OwnershipFixture>,
  { patienceMs, canCrash }: OwnershipSuiteOptions,
): void {
  describe(`ownership: ${name}`, () => {
    let fixture: OwnershipFixture;
    let members: Member[];

    beforeEach(async () => {
      fixture = await create();
      members = [];
    });
    afterEach(async () => {
      await Promise.all(members.map((member) => member.membership?.leave()));
      await fixture.dispose();
      expect(members.flatMap(({ failures }) => failures)).toEqual([]);
    });

    async function joined(memberName: string, ownership = fixture.another(), group?: string): Promise<Member> {
      const member = new Member(memberName, group === undefined ? members : []);
      if (group === undefined) members.push(member);
      await member.join(ownership, group);
      return member;
    }

    async function shared(...counts: readonly number[]): Promise<void> {
      const now = () => members.map(({ owned }) => owned.size);
      await waitUntil(() => now().join() === counts.join(), {
        what: `shares of ${counts.join()}`,
        timeoutMs: patienceMs,
        describe: () => `shares: ${now().join()}`,
      });
      expect(new Set(members.flatMap(({ owned }) => [...owned])).size).toBe(shards);
    }

    if (canCrash) {
      test('what a process had that is gone goes to the others', async () => {
        const ownership = fixture.another();
        const first = await joined('first', ownership);
        await joined('second');
        await shared(4, 4);
        await fixture.crash(ownership);
        members.splice(members.indexOf(first), 1);
        await shared(8);
      });
    }

    test('one has everything; a second gets half, and the first keeps the other half undisturbed', async () => {
      const first = await joined('first');
      await shared(8);
      const second = await joined('second');
      await shared(4, 4);
      expect(first.lost).toHaveLength(4);
      expect(first.lost.every((shard) => second.owned.has(shard))).toBe(true);
    });

    test('a third gets its share, and what it leaves goes to the others', async () => {
      await joined('first');
      await joined('second');
      const third = await joined('third');
      await waitUntil(() => members.every(({ owned }) => owned.size === 2 || owned.size === 3), {
        what: 'even shares',
        timeoutMs: patienceMs,
      });
      await third.membership?.leave();
      expect(third.owned.size).toBe(0);
      await shared(4, 4, 0);
    });

    test('a shard goes to another when its owner has given it up, and not before', async () => {
      const first = await joined('first');
      await shared(8);
      const { promise, resolve } = Promise.withResolvers<void>();
      first.releasing = promise;
      // A join may well wait for what it waits for.
      const joining = joined('second');
      await waitUntil(() => first.lost.length === 4, { what: 'the first to be told', timeoutMs: patienceMs });
      expect(members.map(({ owned }) => owned.size)).toEqual([8, 0]);
      resolve();
      await joining;
      await shared(4, 4);
    });

    test('whoever leaves gives up everything first', async () => {
      const only = await joined('only');
      await shared(8);
      await only.membership?.leave();
      expect(only.lost).toHaveLength(8);
      await joined('next');
      await only.membership?.leave();
      await shared(0, 8);
    });

    test('groups have nothing to do with each other', async () => {
      await joined('status');
      const other = await joined('notify', fixture.another(), 'notify');
      await shared(8);
      await waitUntil(() => other.owned.size === 8, { what: 'the other group', timeoutMs: patienceMs });
      await other.membership?.leave();
      expect(other.failures).toEqual([]);
    });
  });
}
