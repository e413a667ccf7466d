import { renderEvent } from '../../core/delivery/render-event.ts';
import type { EventRecord } from '../../core/records/event-record.ts';
import type { HistoryPage } from '../../ports/event-reader.ts';
import type { HistoryArchive, HistoryEntry } from '../../ports/history-store.ts';
import type { Position } from '../../ports/record-log.ts';

interface MemoryEntry extends Omit<HistoryEntry, 'record'> {
  /** As text: what was taken in does not change with the object that it came from. */
  readonly record: string;
}

/** The history as long as whoever holds it lives: for simulated runs, and tests of what stands on one. */
export class MemoryHistory implements HistoryArchive {
  #entries: MemoryEntry[] = [];
  #through: Position = 0;

  get through(): Position {
    return this.#through;
  }

  async archive(entries: readonly HistoryEntry[], through: Position): Promise<void> {
    this.#entries.push(...entries.map((entry) => ({ ...entry, record: JSON.stringify(entry.record) })));
    this.#through = through;
  }

  async history(tenant: string, transactionId: string, after: number, limit: number): Promise<HistoryPage> {
    const found = this.#entries.flatMap(({ place, seq, record: text }) => {
      const record = JSON.parse(text) as EventRecord;
      if (record.tenant !== tenant || record.transactionId !== transactionId || place <= after) return [];
      const { type, timeMs, evidence } = record;
      return [{ place, type, timeMs, json: renderEvent(record, seq), evidence }];
    });
    const events = found.slice(0, limit);
    return { events, next: found.length > limit ? (events.at(-1)?.place ?? null) : null };
  }

  async retainHistory(nowMs: number, keepMs: number): Promise<boolean> {
    this.#entries = this.#entries.filter(({ numberedMs }) => numberedMs >= nowMs - keepMs);
    return false;
  }
}
