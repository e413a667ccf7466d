import { ownershipSuite } from '../../../test/conformance/ownership.ts';
import { MemoryOwnership } from './memory-ownership.ts';

ownershipSuite(
  'memory',
  async () => {
    const service = new MemoryOwnership();
    const crash = () => Promise.reject(new Error('members of one process end together'));
    return { another: () => service, crash, dispose: async () => undefined };
  },
  { patienceMs: 5_000, canCrash: false },
);
