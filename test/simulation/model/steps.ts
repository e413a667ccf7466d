import type { State } from './state.ts';

/** A step is taken in the end; chance may or may not come; a fault comes only while faults are left, and costs one. */
export type StepKind = 'step' | 'chance' | 'fault';

export type Add = (kind: StepKind, text: () => string, next: State) => void;
