import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Collects what nothing holds any more, so that a test can tell by a `WeakRef` what is held. */
export async function collectGarbage(): Promise<void> {
  // What a WeakRef was read from in this turn is kept until the next.
  await new Promise((resolve) => setImmediate(resolve));
  collect();
}
