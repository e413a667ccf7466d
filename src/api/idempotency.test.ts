import { expect, test } from 'vitest';
import { realClock } from '../../test/harness/gateway-fixture.ts';
import { MemoryAnswers } from '../adapters/memory/memory-answers.ts';
import type { Answer } from './answer.ts';
import { createIdempotency } from './idempotency.ts';

const call = {
  caller: { tenant: 'default', subscriber: null, expiresAtMs: null },
  key: 'order 17',
  method: 'POST',
  path: '/v1/transactions',
  body: Buffer.from('{}'),
} as const;

/** Two nodes that know nothing of each other but the answers that they share. */
function twoNodes() {
  const answers = new MemoryAnswers({ clock: realClock });
  return [createIdempotency({ answers }), createIdempotency({ answers })] as const;
}

function answerOf(body: string): Answer {
  return { status: 201, body, headers: { own: 'header' } };
}

test('I16: of two nodes that answer the same key and body at once, the first answer is given by both', async () => {
  const [one, other] = twoNodes();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const late = one.run(call, async () => {
    await held;
    return answerOf('late');
  });
  expect(await other.run(call, async () => answerOf('first'))).toEqual(answerOf('first'));
  release();
  expect(await late).toEqual({ status: 201, body: 'first', headers: { 'idempotent-replayed': 'true' } });
  expect((await one.run(call, async () => answerOf('again'))).body).toBe('first');
});

test('I16: with another body, the later of two nodes is told of the conflict', async () => {
  const [one, other] = twoNodes();
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const late = one.run({ ...call, body: Buffer.from('{"other":1}') }, async () => {
    await held;
    return answerOf('late');
  });
  await other.run(call, async () => answerOf('first'));
  release();
  expect((await late).status).toBe(409);
});

test('on one node the second waits for the first, and works only if that gave nothing lasting', async () => {
  const [node] = twoNodes();
  let works = 0;
  const work = async (): Promise<Answer> => {
    works += 1;
    return works === 1 ? { ...answerOf('overloaded'), status: 503 } : answerOf('done');
  };
  const outcomes = await Promise.all([node.run(call, work), node.run(call, work), node.run(call, work)]);
  expect(outcomes.map(({ status, body }) => [status, body])).toEqual([
    [503, 'overloaded'],
    [201, 'done'],
    [201, 'done'],
  ]);
  expect(works).toBe(2);
});
