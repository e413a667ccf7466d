import { crowdSometimes } from './clients/crowd-sometimes.ts';
import { sometimesStates } from './oracle/sometimes.ts';
import { worldSometimes } from './world/world-sometimes.ts';

/** States that a run reaches now and then: over two hundred seeds each of them must be. */
export const sometimes = [
  ...worldSometimes,
  ...crowdSometimes,
  ...sometimesStates,
  'a bit flipped on the disk',
  'a sync failed',
  'a write stopped halfway',
  'crash during a snapshot',
  'damage was found and said',
  'drained',
  'killed again and again',
  'power cut at data_sync',
  'power cut at write',
  'the clock went ahead',
  'the clock went back',
  'the disk hung',
  'the disk was full',
  'the process stalled',
] as const;
