import type { Clock } from '../../ports/clock.ts';
import type { TicketStore } from '../../ports/ticket-store.ts';
import { ExpiringMap } from './expiring-map.ts';

export class MemoryTicketStore implements TicketStore {
  readonly #tickets: ExpiringMap<string>;

  constructor(deps: { readonly clock: Clock }) {
    this.#tickets = new ExpiringMap(deps.clock);
  }

  async issue(ticket: string, text: string, ttlMs: number): Promise<void> {
    this.#tickets.set(ticket, text, ttlMs);
  }

  async redeem(ticket: string): Promise<string | null> {
    const text = this.#tickets.get(ticket);
    this.#tickets.delete(ticket);
    return text;
  }
}
