import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RateCounter } from '../../src/ports/rate-counter.ts';

export interface RateCounterFixture {
  readonly counter: RateCounter;
  /** The same counts, met from another process. */
  readonly otherNode: RateCounter;
  /** Lets at least this much time pass for what ends by itself. */
  pass(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What the port `RateCounter` promises while its service is there. */
export function rateCounterSuite(name: string, create: () => Promise<RateCounterFixture>): void {
  describe(`rate counter: ${name}`, () => {
    let fixture: RateCounterFixture;
    let counter: RateCounter;
    beforeEach(async () => {
      fixture = await create();
      counter = fixture.counter;
    });
    afterEach(() => fixture.dispose());

    test('counts what all nodes add, and nothing twice', async () => {
      const totals = await Promise.all(
        Array.from({ length: 40 }, async (_, index) => {
          const node = index % 2 === 0 ? counter : fixture.otherNode;
          return (await node.add('a', 'requests', 1, 60_000))?.total ?? 0;
        }),
      );
      expect(totals.sort((left, right) => left - right)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
      expect(await counter.add('a', 'requests', 10, 60_000)).toMatchObject({ total: 50 });
    });

    test('tenants and names are counted apart', async () => {
      await counter.add('a', 'requests', 5, 60_000);
      expect(await counter.add('b', 'requests', 1, 60_000)).toMatchObject({ total: 1 });
      expect(await counter.add('a', 'events', 1, 60_000)).toMatchObject({ total: 1 });
    });

    test('the window ends a set time after its first count, however many follow', async () => {
      const first = await counter.add('a', 'requests', 1, 400);
      const second = await counter.add('a', 'requests', 1, 60_000);
      expect(first?.endsInMs).toBeLessThanOrEqual(400);
      expect(second?.total).toBe(2);
      expect(second?.endsInMs).toBeLessThanOrEqual(400);
      await fixture.pass(400);
      expect(await counter.add('a', 'requests', 1, 60_000)).toEqual({ total: 1, endsInMs: 60_000 });
    });
  });
}
