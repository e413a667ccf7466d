import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TicketStore } from '../../src/ports/ticket-store.ts';

export interface TicketStoreFixture {
  readonly store: TicketStore;
  /** The same tickets, met from another process. */
  readonly otherNode: TicketStore;
  /** Lets at least this much time pass for what ends by itself. */
  pass(durationMs: number): Promise<void>;
  dispose(): Promise<void>;
}

/** What the port `TicketStore` promises while its service is there. */
export function ticketStoreSuite(name: string, create: () => Promise<TicketStoreFixture>): void {
  describe(`ticket store: ${name}`, () => {
    let fixture: TicketStoreFixture;
    let store: TicketStore;
    beforeEach(async () => {
      fixture = await create();
      store = fixture.store;
    });
    afterEach(() => fixture.dispose());

    test('a ticket opens once, on any node', async () => {
      await store.issue('one', '{"tenant":"a"}', 60_000);
      expect(await fixture.otherNode.redeem('one')).toBe('{"tenant":"a"}');
      expect(await store.redeem('one')).toBeNull();
      expect(await store.redeem('never issued')).toBeNull();
    });

    test('of many who come at once one gets in', async () => {
      await store.issue('wanted', 'text', 60_000);
      const nodes = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? store : fixture.otherNode));
      const answers = await Promise.all(nodes.map((node) => node.redeem('wanted')));
      expect(answers.filter((answer) => answer !== null)).toEqual(['text']);
    });

    test('a ticket is worth nothing after its time', async () => {
      await store.issue('short', 'text', 50);
      await fixture.pass(50);
      expect(await store.redeem('short')).toBeNull();
    });
  });
}
