import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type AnswerStore, answerLifeMs, type StoredAnswer } from '../../src/ports/answer-store.ts';
import { type ManualClock, manualClock } from '../harness/recording-ports.ts';

export interface AnswerStoreFixture {
  readonly answers: AnswerStore;
  /** The same answers, as another node reaches them. */
  readonly otherNode: AnswerStore;
  dispose(): Promise<void>;
}

function answer(body: string, request = 'digest'): StoredAnswer {
  return { request, status: 201, body };
}

/** What the port `AnswerStore` promises. */
export function answerStoreSuite(
  name: string,
  create: (deps: { readonly clock: ManualClock }) => Promise<AnswerStoreFixture>,
): void {
  describe(`answer store: ${name}`, () => {
    let clock: ManualClock;
    let fixture: AnswerStoreFixture;
    let answers: AnswerStore;

    beforeEach(async () => {
      clock = manualClock();
      fixture = await create({ clock });
      answers = fixture.answers;
    });
    afterEach(() => fixture.dispose());

    test('I16: an answer is found as soon as it is kept, byte by byte, on every node and by its tenant alone', async () => {
      const given = answer('{"a":"ü 🚀 \\u0000"}');
      expect(await answers.find('one', 'key')).toBeNull();
      expect(await answers.keep('one', 'key', given)).toEqual(given);
      expect(await fixture.otherNode.find('one', 'key')).toEqual(given);
      expect(await answers.find('two', 'key')).toBeNull();
      expect(await answers.find('one', 'other')).toBeNull();
      expect(await answers.keep('two', 'key', answer('theirs'))).toEqual(answer('theirs'));
      expect(await answers.find('one', 'key')).toEqual(given);
    });

    test('I16: the first one counts, whoever keeps another under the same key', async () => {
      await answers.keep('one', 'key', answer('first'));
      expect(await fixture.otherNode.keep('one', 'key', answer('second', 'another request'))).toEqual(answer('first'));
      expect(await answers.find('one', 'key')).toEqual(answer('first'));
      const kept = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          (n % 2 === 0 ? answers : fixture.otherNode).keep('one', 'raced', answer(`${n}`)),
        ),
      );
      expect(new Set(kept.map(({ body }) => body)).size).toBe(1);
      expect(await answers.find('one', 'raced')).toEqual(kept[0]);
    });

    test('a key may be used anew when its day is over', async () => {
      await answers.keep('one', 'key', answer('first'));
      clock.nowMs += answerLifeMs - 1;
      expect(await answers.keep('one', 'key', answer('second'))).toEqual(answer('first'));
      clock.nowMs += 1;
      expect(await answers.keep('one', 'key', answer('third'))).toEqual(answer('third'));
      expect(await fixture.otherNode.find('one', 'key')).toEqual(answer('third'));
    });
  });
}
