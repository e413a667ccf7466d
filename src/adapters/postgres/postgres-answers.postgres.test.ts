import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { answerStoreSuite } from '../../../test/conformance/answer-store.ts';
import { PostgresRig, postgresUrl } from '../../../test/harness/postgres.ts';
import { manualClock } from '../../../test/harness/recording-ports.ts';
import { answerLifeMs } from '../../ports/answer-store.ts';

describe.skipIf(postgresUrl === null)('with PostgreSQL', () => {
  answerStoreSuite('PostgreSQL', async ({ clock }) => {
    const rig = await PostgresRig.start();
    const { answers } = await rig.open(clock);
    const { answers: otherNode } = await rig.open(clock);
    return { answers, otherNode, dispose: () => rig.dispose() };
  });

  describe('old answers', () => {
    let rig: PostgresRig;

    beforeEach(async () => {
      rig = await PostgresRig.start();
    });
    afterEach(() => rig.dispose());

    test('are let go when their day is over, and only they', async () => {
      const clock = manualClock();
      const { answers } = await rig.open(clock);
      const answer = { request: 'digest', status: 200, body: '{}' };
      await answers.keep('one', 'old', answer);
      clock.nowMs += answerLifeMs;
      await answers.keep('one', 'new', answer);
      expect(await answers.dropOld()).toBe(false);
      expect(await rig.query(`SELECT key FROM ${rig.schema}.answers`)).toEqual([{ key: 'new' }]);
    });
  });
});
