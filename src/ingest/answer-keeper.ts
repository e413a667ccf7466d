import { laneOf, type StreamName } from '../core/records/stream.ts';
import { assert } from '../lib/assert.ts';
import { type AnswerStore, answerLifeMs, type StoredAnswer } from '../ports/answer-store.ts';
import type { LogWriter } from '../ports/log-writer.ts';
import type { Processor, Section } from '../ports/processor.ts';
import type { LogRecord, NewRecord } from '../ports/record-log.ts';

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

  async find(tenant: string, key: string): Promise<StoredAnswer | null> {
    return this.#answers.get(keyOf(tenant, key))?.answer ?? null;
  }

  async keep(tenant: string, key: string, answer: StoredAnswer): Promise<StoredAnswer> {
    const payload = JSON.stringify({ tenant, key, ...answer } satisfies AnswerRecord);
    assert(this.#writer !== null, 'an answer is kept before there is a log');
    await this.#writer.write([{ stream: `answers/${laneOf(keyOf(tenant, key), this.#lanes)}`, payload }]);
    return (await this.find(tenant, key)) ?? answer;
  }

  handles(stream: StreamName): boolean {
    return stream.startsWith('answers/');
  }

  apply(record: LogRecord): readonly NewRecord[] {
    const { tenant, key, request, status, body } = JSON.parse(record.payload) as AnswerRecord;
    const name = keyOf(tenant, key);
    this.#dropWhile(({ timeMs }) => timeMs <= record.timeMs - answerLifeMs);
    // The first answer under a key is the one that counts.
    if (this.#answers.has(name)) return [];
    this.#answers.set(name, { timeMs: record.timeMs, answer: { request, status, body } });
    this.#length += body.length;
    this.#dropWhile(() => this.#answers.size > maxAnswers || this.#length > this.#maxLength);
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

  /** From the oldest on. */
  #dropWhile(isOver: (kept: KeptAnswer) => boolean): void {
    for (const [name, kept] of this.#answers) {
      if (!isOver(kept)) return;
      this.#length -= kept.answer.body.length;
      this.#answers.delete(name);
    }
  }
}

interface KeptAnswer {
  readonly timeMs: number;
  readonly answer: StoredAnswer;
}

function keyOf(tenant: string, key: string): string {
  return `${tenant}\u0000${key}`;
}
