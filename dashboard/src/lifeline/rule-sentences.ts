/**
 * Why a verdict was reached, by the number of its rule. The page that numbers them is
 * `docs/internals/status-machine.md`; a test holds both to the same rules.
 */
const sentences: Readonly<Record<string, string>> = {
  R02: 'A provider shows it in its pool.',
  R03: 'A provider took our broadcast of it.',
  R04: 'A canonical block holds it, and its receipt is there or a second has passed.',
  R05: 'Its receipt came after the block had been told.',
  R06: 'A threshold of confirmations is reached.',
  R07: 'The required confirmations are reached, or the chain settled the block, and the outcome is known.',
  R08: 'A canonical block holds another transaction of the same sender and nonce.',
  R09: 'The block that holds the other transaction is final.',
  R10: 'The block it was in left the canonical chain.',
  R11: 'The block that held the other transaction left the canonical chain.',
  R12: 'Every provider refused the broadcast, and none shows the hash.',
  R13: 'Its expiry passed while it was in no block.',
  R14: 'The chain’s safe block is at or above its own, and the outcome is known.',
  R15: 'The chain’s finalized block is at or above its own, and it was confirmed.',
};

/** null: a rule that this page does not know yet; its number still tells. */
export function ruleSentence(rule: string): string | null {
  return Object.hasOwn(sentences, rule) ? (sentences[rule] as string) : null;
}

/** For the test that compares. */
export const knownRules: readonly string[] = Object.keys(sentences);
