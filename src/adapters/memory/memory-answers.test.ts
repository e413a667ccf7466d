import { answerStoreSuite } from '../../../test/conformance/answer-store.ts';
import { MemoryAnswers } from './memory-answers.ts';

answerStoreSuite('memory', async (deps) => {
  const answers = new MemoryAnswers(deps);
  return { answers, otherNode: answers, dispose: async () => undefined };
});
