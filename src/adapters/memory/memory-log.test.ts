import { recordLogSuite } from '../../../test/conformance/record-log.ts';
import { MemoryLog } from './memory-log.ts';

recordLogSuite('memory', async ({ clock, waitingBytesLimit }) => {
  const log = new MemoryLog({ waitingBytesLimit }, { clock });
  return {
    log,
    breakStorage: () => log.fail(new Error('broken by the test')),
    holdWrites: () => log.hold(),
    dispose: () => log.close(),
  };
});
