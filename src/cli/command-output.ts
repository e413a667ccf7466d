/** Where a command writes for people and scripts; both take whole lines. */
export interface CommandOutput {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** What a command ends with. */
export const exitCodes = { done: 0, failed: 1, misused: 2, interrupted: 130, outputClosed: 141 } as const;
