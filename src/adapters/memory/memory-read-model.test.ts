import { readModelSuite } from '../../../test/conformance/read-model.ts';
import { MemoryReadModel } from './memory-read-model.ts';

readModelSuite('memory', async () => {
  const reads = new MemoryReadModel();
  return { reads, otherNode: reads, dispose: async () => undefined };
});
