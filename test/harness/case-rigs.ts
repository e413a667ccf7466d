import { afterEach } from 'vitest';
import { CaseRig, type CaseRigOptions } from './case-rig.ts';

/** The way to a rig for one test of the file, ended and judged after it. */
export function caseRigs(): (options?: CaseRigOptions) => Promise<CaseRig> {
  let rig: CaseRig | null = null;
  afterEach(async () => {
    const ended = rig;
    rig = null;
    await ended?.end();
  });
  return async (options) => {
    rig = await CaseRig.start(options);
    return rig;
  };
}
