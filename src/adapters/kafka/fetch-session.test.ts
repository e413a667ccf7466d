import { expect, test } from 'vitest';
import { FetchSession } from './fetch-session.ts';

const at = (partition: number, offset: number) => ({ topic: 't', partition, offset });
const answer = (sessionId: number) => ({ code: 0, sessionId, parts: [] });

test('says everything once, and then what changed', () => {
  const session = new FetchSession();
  expect(session.next([at(0, 5), at(1, 7)])).toEqual({
    sessionId: 0,
    sessionEpoch: 0,
    parts: [at(0, 5), at(1, 7)],
    forgotten: [],
  });
  session.answered(answer(42));
  expect(session.next([at(0, 5), at(1, 8)])).toEqual({
    sessionId: 42,
    sessionEpoch: 1,
    parts: [at(1, 8)],
    forgotten: [],
  });
  session.answered(answer(42));
  expect(session.next([at(1, 8), at(2, 0)])).toEqual({
    sessionId: 42,
    sessionEpoch: 2,
    parts: [at(2, 0)],
    forgotten: [at(0, 5)],
  });
  session.answered(answer(42));
  // One that was left out comes back, at the same offset.
  expect(session.next([at(0, 5), at(1, 8), at(2, 0)])).toMatchObject({ sessionEpoch: 3, parts: [at(0, 5)] });
});

test('says everything anew after a fault, or to a broker that keeps no session', () => {
  const session = new FetchSession();
  session.next([at(0, 5)]);
  session.answered(answer(42));
  session.reset();
  const whole = { sessionId: 0, sessionEpoch: 0, parts: [at(0, 6)], forgotten: [] };
  expect(session.next([at(0, 6)])).toEqual(whole);
  session.answered(answer(0));
  expect(session.next([at(0, 6)])).toEqual(whole);
});
