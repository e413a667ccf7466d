import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { EventScope } from '../../src/ports/event-reader.ts';
import type { WakeUp } from '../../src/ports/wake-up.ts';
import { waitUntil } from '../harness/wait-until.ts';

export interface WakeUpFixture {
  readonly wakeUp: WakeUp;
  /** The same bells, met from another process. */
  readonly otherNode: WakeUp;
  dispose(): Promise<void>;
}

/** What the port `WakeUp` promises while its service is there. A ring may come for nothing, and may be lost while watching begins. */
export function wakeUpSuite(name: string, create: () => Promise<WakeUpFixture>): void {
  describe(`wake-up: ${name}`, () => {
    let fixture: WakeUpFixture;
    beforeEach(async () => {
      fixture = await create();
    });
    afterEach(() => fixture.dispose());

    const scope = (subscriber: string | null, tenant = 'a'): EventScope => ({ tenant, subscriber });

    /** Watches, and waits until it hears: only then does a ring have to arrive. */
    async function hearing(watched: EventScope): Promise<{ readonly count: number; stop(): void }> {
      let count = 0;
      const stop = fixture.wakeUp.watch(watched, () => {
        count += 1;
      });
      await ringUntil(watched, () => count > 0);
      return {
        stop,
        get count() {
          return count;
        },
      };
    }

    async function ringUntil(rung: EventScope, heard: () => boolean): Promise<void> {
      const ringAgain = (): boolean => {
        if (!heard()) fixture.otherNode.ring([rung]);
        return heard();
      };
      await waitUntil(ringAgain, { what: 'a ring', everyMs: 50 });
    }

    test('what rings on one node is heard on another', async () => {
      const heard = await hearing(scope('s'));
      const before = heard.count;
      fixture.otherNode.ring([scope('s')]);
      await waitUntil(() => heard.count > before, { what: 'the second ring' });
    });

    test('a whole tenant hears every subscriber, and a ring of its own', async () => {
      const heard = await hearing(scope(null));
      for (const rung of [scope('s'), scope('t'), scope(null)]) {
        const before = heard.count;
        fixture.otherNode.ring([rung]);
        await waitUntil(() => heard.count > before, { what: `a ring for ${rung.subscriber}` });
      }
    });

    test('others are not woken', async () => {
      const other = await hearing(scope('other'));
      const elsewhere = await hearing(scope('s', 'b'));
      const heard = await hearing(scope('s'));
      // What was rung before may still come.
      await settled([other, elsewhere, heard]);
      const before = [other.count, elsewhere.count];
      const own = heard.count;
      fixture.otherNode.ring([scope('s')]);
      await waitUntil(() => heard.count > own, { what: 'the ring' });
      await settled([other, elsewhere, heard]);
      expect([other.count, elsewhere.count]).toEqual(before);
    });

    test('one call rings for many, also of many tenants', async () => {
      const scopes = ['a', 'b', 'c'].flatMap((tenant) => ['s', 't'].map((subscriber) => scope(subscriber, tenant)));
      const heard = await Promise.all(scopes.map(hearing));
      await settled(heard);
      const before = heard.map(({ count }) => count);
      fixture.otherNode.ring(scopes);
      await waitUntil(() => heard.every(({ count }, index) => count > (before[index] ?? 0)), { what: 'all rings' });
      fixture.otherNode.ring([]);
    });

    test('a thousand subscribers at once are all woken', async () => {
      const subscribers = Array.from({ length: 1_000 }, (_, index) => `subscriber ${index}`);
      const last = await hearing(scope('subscriber 999'));
      const woken = new Set<string>();
      for (const subscriber of subscribers) fixture.wakeUp.watch(scope(subscriber), () => woken.add(subscriber));
      await settled([last]);
      woken.clear();
      fixture.otherNode.ring(subscribers.map((subscriber) => scope(subscriber)));
      await waitUntil(() => woken.size === subscribers.length, { what: 'all to be woken' });
    });

    test('who stopped is not called any more, and may come back', async () => {
      const heard = await hearing(scope('s'));
      const witness = await hearing(scope(null));
      heard.stop();
      const before = heard.count;
      const seen = witness.count;
      fixture.otherNode.ring([scope('s')]);
      await waitUntil(() => witness.count > seen, { what: 'the ring to be heard by another' });
      expect(heard.count).toBe(before);
      witness.stop();
      await hearing(scope('s'));
    });

    /** Until nothing of what was rung before comes any more: a mark rung after it has come through. */
    async function settled(heard: readonly { readonly count: number }[]): Promise<void> {
      const sum = (): number => heard.reduce((total, { count }) => total + count, 0);
      for (let last = -1; last !== sum(); ) {
        last = sum();
        for (const tenant of ['a', 'b', 'c']) await markComesThrough(scope('mark', tenant));
      }
    }

    async function markComesThrough(mark: EventScope): Promise<void> {
      let marks = 0;
      const stop = fixture.wakeUp.watch(mark, () => {
        marks += 1;
      });
      await ringUntil(mark, () => marks > 0);
      stop();
    }
  });
}
