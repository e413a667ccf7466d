/** How `track --wait` ends where the transaction did not succeed. Stable: scripts branch on them. */
export const outcomeCodes = {
  confirmed: 0,
  reverted: 10,
  replaced: 11,
  dropped: 12,
  failed: 13,
  expired: 14,
  timeout: 15,
} as const;

export type Outcome = keyof typeof outcomeCodes;
