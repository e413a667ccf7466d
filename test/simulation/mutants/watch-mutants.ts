import { type Mutant, usualSeeds as seeds } from './mutant.ts';

const watch = 'src/watch';
const rpc = 'src/adapters/json-rpc';
const evm = 'src/adapters/evm';

/** Bugs in how chains are followed through their providers. */
export const watchMutants: readonly Mutant[] = [
  {
    name: 'lower_head_trusted',
    what: 'A head below ours on our own path is taken for a reorg back to it.',
    edits: [
      {
        file: 'src/core/chain/head-tracker.ts',
        find: "if (isOnPath(tracked, tip)) return { kind: 'known' };",
        replace: "if (tip.hash === head.hash) return { kind: 'known' };",
      },
      {
        file: `${watch}/branch-finder.ts`,
        find: 'if (block === null || isOnPath(tracked, block)) return nothing;',
        replace: 'if (block === null) return nothing;',
      },
    ],
    seeds,
  },
  {
    name: 'final_block_taken_back_on_one_word',
    what: 'A branch that takes back what is final is followed without asking a second provider.',
    edits: [
      {
        file: `${watch}/branch-finder.ts`,
        find: 'confirmed = await isShownByAnother(this.#deps.pool, leader, root);',
        replace: 'confirmed = true;',
      },
    ],
    seeds,
  },
  {
    name: 'second_word_never_taken',
    what: 'A chain that broke its own finality is not followed, though a second provider says the same.',
    edits: [
      {
        file: `${watch}/branch-finder.ts`,
        find: 'confirmed = await isShownByAnother(this.#deps.pool, leader, root);',
        replace: 'confirmed = false;',
      },
    ],
    seeds,
  },
  {
    name: 'depth_on_one_word',
    what: 'What is due by depth becomes final though another provider shows another path.',
    edits: [
      {
        file: `${watch}/chain-follower.ts`,
        find: '(due) => secondWordUpTo(tracked, due, { leader, pool })',
        replace: '(due) => due',
      },
    ],
    seeds,
  },
  {
    name: 'finality_by_depth_beside_tags',
    what: 'Where the tags of the chain decide what is final, a few blocks of depth do as well.',
    edits: [
      {
        file: `${watch}/finality-rule.ts`,
        find: 'return !this.#tagSeen && this.#taglessAnswers >= taglessAnswersMax ? fallbackFinalityDepth : null;',
        replace: 'return fallbackFinalityDepth;',
      },
      {
        file: `${watch}/finality-rule.ts`,
        find: 'export const fallbackFinalityDepth = 64;',
        replace: 'export const fallbackFinalityDepth = 12;',
      },
    ],
    seeds,
  },
  {
    name: 'safe_taken_for_finalized',
    what: 'The answers about the safe and the finalized block are taken in the wrong order.',
    edits: [
      {
        file: `${evm}/evm-provider.ts`,
        find: "[this.#askTag('safe'), this.#askTag('finalized')]",
        replace: "[this.#askTag('finalized'), this.#askTag('safe')]",
      },
    ],
    seeds,
  },
  {
    name: 'batch_answers_by_order',
    what: 'The answers of a batch are taken in the order in which they come, whatever their ids.',
    edits: [
      {
        file: `${rpc}/json-rpc-message.ts`,
        find: 'const answer = byId.get(firstId + index);',
        replace: 'const answer = [...byId.values()][index];',
      },
      {
        file: `${rpc}/json-rpc-message.ts`,
        find: 'return outcomeOf(place, answer, firstId + index);',
        replace: "return outcomeOf(place, answer, Number((answer as { readonly id: unknown })['id']));",
      },
      {
        file: `${evm}/parse-block.ts`,
        find: '  if (hash !== wanted) throw badAnswer(place, `transaction ${hash} instead of ${wanted}`);\n',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'empty_body_believed',
    what: 'A block whose transactions a provider leaves out is believed to be empty.',
    edits: [
      {
        file: `${evm}/parse-block.ts`,
        find: 'if (root !== noRoot && (root === emptyRoot) !== (bodies.length === 0)) {',
        replace: 'if (root === emptyRoot && bodies.length > 0) {',
      },
    ],
    seeds,
  },
  {
    name: 'receipt_of_an_orphan_taken',
    what: 'A receipt is taken for the block that it was asked for, though it names another.',
    edits: [
      {
        file: `${evm}/parse-receipt.ts`,
        find: '  if (receipt.blockHash !== block.hash) return null;\n',
        replace: '',
      },
      {
        file: `${evm}/parse-receipt.ts`,
        find: '  return receipt;\n}\n\n/**\n * All receipts',
        replace: '  return { ...receipt, blockHash: block.hash };\n}\n\n/**\n * All receipts',
      },
    ],
    seeds,
  },
  {
    name: 'receipt_asked_of_one_only',
    what: 'Receipts are asked for once a block, and of nobody but the leader.',
    edits: [
      {
        file: `${watch}/receipt-desk.ts`,
        find: 'const member = members[wants.attempt % Math.max(1, members.length)];',
        replace: 'const member = wants.attempt === 0 ? members[0] : undefined;',
      },
      {
        file: 'src/core/partition/deadlines.ts',
        find: 'inclusion.askReceiptAtMs = timeMs + receiptAskAgainMs;\n    step.askReceipt(tracked);',
        replace: 'inclusion.askReceiptAtMs = timeMs + receiptAskAgainMs;',
      },
    ],
    seeds,
  },
  {
    name: 'live_socket_never_polled',
    what: 'While a socket seems to live its provider is not polled, so a deaf one is not noticed.',
    edits: [
      {
        file: `${watch}/head-watch.ts`,
        find: 'return Math.max(0, spacingMs, Math.min(untilSilentMs, untilCheckMs));',
        replace: 'return Math.max(3_600_000, spacingMs, untilSilentMs, untilCheckMs);',
      },
    ],
    seeds,
  },
  {
    name: 'dead_leader_kept',
    what: 'A leader that fails, falls behind or stands still is not left for another.',
    edits: [
      {
        file: `${watch}/provider-pool.ts`,
        find: 'if (!current.healthy && best.healthy) return best;',
        replace: '',
      },
      {
        file: `${watch}/provider-pool.ts`,
        find: 'if (best.healthy && (this.#isBehind(current, best) || this.#primaryReturns(current, best))) return best;',
        replace: 'if (best.healthy && this.#primaryReturns(current, best)) return best;',
      },
    ],
    seeds,
  },
  {
    name: 'refusal_believed_at_once',
    what: 'A broadcast that a node refuses has failed, without a look whether a provider shows the transaction.',
    edits: [
      {
        file: `${watch}/submission-desk.ts`,
        find: 'if (look.shownBy !== null) {',
        replace: 'if (look.shownBy !== null && telling === null) {',
      },
    ],
    seeds,
  },
  {
    name: 'fault_taken_for_a_refusal',
    what: 'A broadcast has failed when one provider refuses it and the others give no answer.',
    edits: [
      {
        file: `${watch}/submission-desk.ts`,
        find: 'const judged = telling !== null && look.answered && (telling.final || faults.length === 0);',
        replace: 'const judged = telling !== null || faults.length > 0;',
      },
      {
        file: `${watch}/submission-desk.ts`,
        find: 'const { failureClass, message } = telling;',
        replace: "const { failureClass, message } = telling ?? { failureClass: 'unknown', message: 'no answer' };",
      },
    ],
    seeds,
  },
  {
    name: 'follower_stops_after_a_fault',
    what: 'After a step that failed the chain is followed again only once the leader changes.',
    edits: [
      {
        file: `${watch}/chain-follower.ts`,
        find: 'if (!replaced) await this.#bell.wait(doublingDelayMs(this.#faults, stepRetryDelay));',
        replace:
          'if (!replaced) while (this.#deps.pool.leader() === leader && !this.#deps.scope.stopped) await this.#bell.wait(null);',
      },
    ],
    seeds,
  },
];
