import { describe, expect, test } from 'vitest';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { MemoryLog } from '../adapters/memory/memory-log.ts';
import type { StoredAnswer } from '../ports/answer-store.ts';
import { Dispatcher } from '../runtime/dispatcher.ts';
import { AnswerKeeper, answerLifeMs } from './answer-keeper.ts';

async function started(clock = manualClock(), log = new MemoryLog({}, { clock })) {
  const keeper = new AnswerKeeper({ lanes: 64 });
  const dispatcher = new Dispatcher(log, [keeper]);
  keeper.writeTo(dispatcher);
  await dispatcher.replay(log.start);
  dispatcher.start();
  return { keeper, clock, log, dispatcher };
}

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
      expect(one.find('one', 'key')).toEqual(answer('{"a":"ü"}'));
      expect(one.find('one', 'other key')).toEqual(answer('second'));
      expect(one.find('two', 'key')).toBeNull();
      expect(one.find('one', 'no key')).toBeNull();
    }
  });

  test('an answer that cannot be made durable is not found', async () => {
    const { keeper, log } = await started();
    log.fail(new Error('the disk is gone'));
    await expect(keeper.keep('one', 'key', answer('a'))).rejects.toMatchObject({ code: 'log_failed' });
    expect(keeper.find('one', 'key')).toBeNull();
  });

  test('last a day; the oldest goes first, also when one was kept twice', async () => {
    const { keeper, clock } = await started();
    await keeper.keep('one', 'twice', answer('first'));
    clock.nowMs += answerLifeMs / 2;
    await keeper.keep('one', 'middle', answer('middle'));
    clock.nowMs += answerLifeMs / 4;
    await keeper.keep('one', 'twice', answer('again'));
    clock.nowMs += answerLifeMs / 4 + 1;
    await keeper.keep('one', 'new', answer('new'));
    const found = (): readonly string[] => ['twice', 'middle', 'new'].filter((key) => keeper.find('one', key) !== null);
    expect(found()).toEqual(['twice', 'middle', 'new']);
    clock.nowMs += answerLifeMs / 2 + 1;
    await keeper.keep('one', 'new', answer('new'));
    expect(found()).toEqual(['twice', 'new']);
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
    expect(keeper.find('one', 'a')).not.toBeNull();
    const restored = new AnswerKeeper(options);
    for (const section of keeper.sections()) restored.restore(section);
    for (const key of ['d', 'e']) keep(restored, key);
    expect(['a', 'b', 'c', 'd', 'e'].filter((key) => restored.find('one', key) !== null)).toEqual(['b', 'c', 'd', 'e']);
  });
});
