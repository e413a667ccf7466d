import { laneOf, type StreamName } from '../core/records/stream.ts';
import { assert } from '../lib/assert.ts';
import type { AnswerStore, StoredAnswer } from '../ports/answer-store.ts';
import type { LogWriter } from '../ports/log-writer.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord } from '../ports/record-log.ts';

/** An `Idempotency-Key` is good for a day. */
export const answerLifeMs = 24 * 3_600_000;
/** More answers than this are never kept; the oldest goes first. */
export const maxAnswers = 1_000_000;
/** Nor more than this together, in UTF-16 units of their bodies: that of a batch has a megabyte. */
export const maxAnswersLength = 128 * 1024 * 1024;

interface AnswerRecord extends StoredAnswer {
  readonly tenant: string;
  readonly key: string;
}

/** Answers under idempotency keys, held as the log tells them: durable, and the same after a restart. */
export class AnswerKeeper implements Processor, AnswerStore {
  readonly name = 'answers';
  readonly #lanes: number;
  readonly #maxLength: number;
  #writer: LogWriter | null = null;
  /** Oldest first: a map keeps the order in which keys were set. */
  #answers = new Map<string, KeptAnswer>();
  #length = 0;

  constructor(options: { readonly lanes: number; readonly maxLength?: number }) {
    this.#lanes = options.lanes;
    this.#maxLength = options.maxLength ?? maxAnswersLength;
  }

  /** The writer hands records to this keeper, so it exists only after it. */
  writeTo(writer: LogWriter): void {
    this.#writer = writer;
  }

  find(tenant: string, key: string): StoredAnswer | null {
    return this.#answers.get(keyOf(tenant, key))?.answer ?? null;
  }

  async keep(tenant: string, key: string, answer: StoredAnswer): Promise<void> {
    const payload = JSON.stringify({ tenant, key, ...answer } satisfies AnswerRecord);
    assert(this.#writer !== null, 'an answer is kept before there is a log');
    await this.#writer.write([{ stream: `answers/${laneOf(keyOf(tenant, key), this.#lanes)}`, payload }]);
  }

  handles(stream: StreamName): boolean {
    return stream.startsWith('answers/');
  }

  apply(record: LogRecord): readonly NewRecord[] {
    const { tenant, key, request, status, body } = JSON.parse(record.payload) as AnswerRecord;
    const name = keyOf(tenant, key);
    this.#drop(name);
    this.#answers.set(name, { timeMs: record.timeMs, answer: { request, status, body } });
    this.#length += body.length;
    for (const [oldest, { timeMs }] of this.#answers) {
      const isOver = this.#answers.size > maxAnswers || this.#length > this.#maxLength;
      if (!isOver && timeMs > record.timeMs - answerLifeMs) break;
      this.#drop(oldest);
    }
    return [];
  }

  goLive(): void {
    // It only answers when asked.
  }

  sections(): readonly Section[] {
    return [{ name: 'answers', text: JSON.stringify([...this.#answers]) }];
  }

  restore({ name, text }: Section): boolean {
    if (name !== 'answers') return false;
    this.#answers = new Map(JSON.parse(text) as [string, KeptAnswer][]);
    this.#length = 0;
    for (const { answer } of this.#answers.values()) this.#length += answer.body.length;
    return true;
  }

  restored(): void {
    // It keeps no index.
  }

  #drop(name: string): void {
    const kept = this.#answers.get(name);
    if (kept === undefined) return;
    this.#length -= kept.answer.body.length;
    this.#answers.delete(name);
  }
}

interface KeptAnswer {
  readonly timeMs: number;
  readonly answer: StoredAnswer;
}

function keyOf(tenant: string, key: string): string {
  return `${tenant}\u0000${key}`;
}
