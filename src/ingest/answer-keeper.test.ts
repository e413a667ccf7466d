import { describe, expect, test } from 'vitest';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { MemoryLog } from '../adapters/memory/memory-log.ts';
import { answerLifeMs, type StoredAnswer } from '../ports/answer-store.ts';
import { Dispatcher } from '../runtime/dispatcher.ts';
import { answerStoreSuite } from '../../test/conformance/answer-store.ts';
import { AnswerKeeper } from './answer-keeper.ts';

async function started(clock = manualClock(), log = new MemoryLog({}, { clock })) {
  const keeper = new AnswerKeeper({ lanes: 64 });
  const dispatcher = new Dispatcher(log, [keeper]);
  keeper.writeTo(dispatcher);
  await dispatcher.replay(log.start);
  dispatcher.start();
  return { keeper, clock, log, dispatcher };
}

answerStoreSuite('the log', async ({ clock }) => {
  const { keeper, log } = await started(clock);
  return { answers: keeper, otherNode: keeper, dispose: () => log.close() };
});

function answer(body: string): StoredAnswer {
  return { request: 'digest', status: 201, body };
}

describe('answers under an Idempotency-Key', () => {
  test('I16: are found as soon as they are kept, apart by tenant, and after a replay and a snapshot', async () => {
    const { keeper, clock, log } = await started();
    await keeper.keep('one', 'key', answer('{"a":"ü"}'));
    await keeper.keep('one', 'other key', answer('second'));
    const restored = new AnswerKeeper({ lanes: 64 });
    for (const section of keeper.sections()) expect(restored.restore(section)).toBe(true);
    expect(restored.restore({ name: 'feeds', text: '[]' })).toBe(false);
    for (const one of [keeper, (await started(clock, log)).keeper, restored]) {
      expect(await one.find('one', 'key')).toEqual(answer('{"a":"ü"}'));
      expect(await one.find('one', 'other key')).toEqual(answer('second'));
      expect(await one.find('two', 'key')).toBeNull();
      expect(await one.find('one', 'no key')).toBeNull();
    }
  });

  test('an answer that cannot be made durable is not found', async () => {
    const { keeper, log } = await started();
    log.fail(new Error('the disk is gone'));
    await expect(keeper.keep('one', 'key', answer('a'))).rejects.toMatchObject({ code: 'log_failed' });
    expect(await keeper.find('one', 'key')).toBeNull();
  });

  test('what is older than a day is let go as others come', async () => {
    const { keeper, clock } = await started();
    await keeper.keep('one', 'first', answer('first'));
    clock.nowMs += answerLifeMs / 2;
    await keeper.keep('one', 'middle', answer('middle'));
    clock.nowMs += answerLifeMs / 2 + 1;
    await keeper.keep('one', 'new', answer('new'));
    expect(keeper.sections()[0]?.text).not.toContain('first');
    expect(keeper.sections()[0]?.text).toContain('middle');
  });

  test('I17: together they are bounded by their size, and a snapshot knows it', async () => {
    const options = { lanes: 1, maxLength: 400 };
    const part = 'x'.repeat(100);
    const keeper = new AnswerKeeper(options);
    const keep = (one: AnswerKeeper, key: string): void => {
      const payload = JSON.stringify({ tenant: 'one', key, ...answer(part) });
      one.apply({ stream: 'answers/0', position: 1, timeMs: 1, payload });
    };
    for (const key of ['a', 'b', 'b', 'c']) keep(keeper, key);
    expect(await keeper.find('one', 'a')).not.toBeNull();
    const restored = new AnswerKeeper(options);
    for (const section of keeper.sections()) restored.restore(section);
    for (const key of ['d', 'e']) keep(restored, key);
    const found = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((key) => restored.find('one', key)));
    expect(found.map((one) => one !== null)).toEqual([false, true, true, true, true]);
  });
});
