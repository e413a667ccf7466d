import { type Mutant, usualSeeds as seeds } from './mutant.ts';

const transaction = 'src/core/transaction';
const partition = 'src/core/partition';

/** Bugs in what is decided about a transaction. */
export const coreMutants: readonly Mutant[] = [
  {
    name: 'revert_forgotten',
    what: 'That a reorg of one block took a transaction back is not told.',
    edits: [
      {
        file: `${transaction}/transitions.ts`,
        find: 'if (!inclusion.said.included) return;',
        replace: 'if (!inclusion.said.included || input.reorg.depth === 1) return;',
      },
    ],
    seeds,
  },
  {
    name: 'only_the_highest_block_reverted',
    what: 'Of the blocks that a reorg takes back, only the highest takes its transactions back.',
    edits: [
      {
        file: `${partition}/chain-input.ts`,
        find: 'for (const block of record.blocks) {',
        replace: 'for (const block of record.blocks.slice(0, 1)) {',
      },
    ],
    seeds,
  },
  {
    name: 'orphaned_block_still_found',
    what: 'What an orphaned block held is still found by its hash, and its senders by their nonces.',
    edits: [
      {
        file: 'src/core/chain/chain-view.ts',
        find: '        this.#byHash.delete(transaction.hash);\n',
        replace: '',
      },
      {
        file: 'src/core/chain/chain-view.ts',
        find: '        this.#byNonce.delete(nonceKey(transaction.from, transaction.nonce));\n',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'inclusion_by_number',
    what: 'A block counts as ours when its number is on our path, whatever its hash.',
    edits: [
      {
        file: 'src/core/chain/chain-view.ts',
        find: 'return this.blockAt(block.number)?.header.hash === block.hash;',
        replace: 'return this.blockAt(block.number) !== null;',
      },
      {
        file: `${partition}/fact-input.ts`,
        find: 'if (!isBase && (!block.settled || block.number >= view.base)) return;',
        replace: 'if (!isBase && !view.isCanonical(block)) return;',
      },
    ],
    seeds,
  },
  {
    name: 'block_of_another_branch_believed',
    what: 'A provider that shows a transaction in a block which is not on our path is believed.',
    edits: [
      {
        file: `${partition}/fact-input.ts`,
        find: 'if (!isBase && (!block.settled || block.number >= view.base)) return;',
        replace: 'if (!isBase && !block.settled && block.number < view.base) return;',
      },
    ],
    seeds,
  },
  {
    name: 'threshold_one_early',
    what: 'A threshold is said one block before it is reached.',
    edits: [
      {
        file: `${transaction}/say-due.ts`,
        find: 'if (threshold > count) return;',
        replace: 'if (threshold > count + 1) return;',
      },
    ],
    seeds,
  },
  {
    name: 'confirmed_one_late',
    what: 'Thresholds and the required count are looked at one block after they are reached.',
    edits: [
      {
        file: `${partition}/chain-index.ts`,
        find: 'inclusion.block.number + next - 1;',
        replace: 'inclusion.block.number + next;',
      },
    ],
    seeds,
  },
  {
    name: 'one_threshold_a_step',
    what: 'Of several thresholds that pass in one step only the first is said.',
    edits: [
      {
        file: `${transaction}/say-due.ts`,
        find: '      late: isLate(step, inclusion, threshold),\n    });\n',
        replace: '      late: isLate(step, inclusion, threshold),\n    });\n    return;\n',
      },
    ],
    seeds,
  },
  {
    name: 'confirmations_by_announced_head',
    what: "Confirmations are counted from the highest number that a provider announced, not from our path's head.",
    edits: [
      {
        file: `${transaction}/say-due.ts`,
        find: '(step.view.head?.number ?? 0) - inclusion.block.number + 1',
        replace: 'step.view.target - inclusion.block.number + 1',
      },
    ],
    seeds,
  },
  {
    name: 'confirmed_without_outcome',
    what: 'Confirmed and finalized are said while it is not known whether the execution succeeded.',
    edits: [
      {
        file: `${transaction}/say-due.ts`,
        find: 'if (said.confirmed || !said.executed) return;',
        replace: 'if (said.confirmed) return;',
      },
    ],
    seeds,
  },
  {
    name: 'finalized_before_confirmed',
    what: 'Where a block is final and deep enough in one step, finalized is said first.',
    edits: [
      {
        file: `${transaction}/say-due.ts`,
        find: '  sayConfirmed(step, inclusion);\n  saySafe(step, inclusion);\n  sayFinalized(step, inclusion);\n',
        replace: '  saySafe(step, inclusion);\n  sayFinalized(step, inclusion);\n  sayConfirmed(step, inclusion);\n',
      },
      {
        file: `${transaction}/say-due.ts`,
        find: 'if (said.finalized || !said.confirmed ||',
        replace: 'if (said.finalized || !said.executed ||',
      },
    ],
    seeds,
  },
  {
    name: 'null_taken_for_absence',
    what: "A provider's null to a question about a transaction is taken for proof that it does not exist.",
    edits: [
      {
        file: 'src/runtime/log-chain-output.ts',
        find: "        .filter(({ kind }) => kind !== 'absent')\n",
        replace: '',
      },
      {
        file: `${partition}/fact-input.ts`,
        find: "    case 'absent':\n",
        replace:
          "    case 'absent':\n" +
          '      for (const one of tracked) {\n' +
          "        const failure = { class: 'unknown', message: 'no provider shows it', providers: fact.providers };\n" +
          "        step.feed(one, { kind: 'refused', failure });\n" +
          '      }\n',
      },
    ],
    seeds,
  },
  {
    name: 'replacement_never_taken_back',
    what: 'When the winner of a replacement is reorged out, the loser stays replaced.',
    edits: [
      {
        file: `${transaction}/transition-table.ts`,
        find: 'unoutbid: reinstate,',
        replace: 'unoutbid: ignore,',
      },
    ],
    seeds,
  },
  {
    name: 'replaced_by_itself',
    what: 'A transaction that is mined is taken for a rival of its own nonce.',
    edits: [
      {
        file: `${partition}/chain-input.ts`,
        find: 'if (tracked.hash !== transaction.hash) feedRival',
        replace: 'feedRival',
      },
      {
        file: `${transaction}/transitions.ts`,
        find: '  if (tracked.inclusion !== null) return;\n  tracked.rival = input.rival;',
        replace: '  tracked.rival = input.rival;',
      },
    ],
    seeds,
  },
  {
    name: 'news_called_late',
    what: 'Where a transaction was registered late, the counts that its block reaches only afterwards are called late too.',
    edits: [
      {
        file: `${transaction}/say-due.ts`,
        find: 'return inclusion.lookedBack && inclusion.block.number + confirmations - 1 <= step.tracked.registered.head;',
        replace:
          'return inclusion.lookedBack && confirmations <= Math.max(confirmations, step.tracked.registered.head);',
      },
    ],
    seeds,
  },
  {
    name: 'second_subscriber_not_told',
    what: 'Where several subscribers track one transaction, only the first hears of its block.',
    edits: [
      {
        file: `${partition}/chain-input.ts`,
        find: 'for (const tracked of chain.index.byHash.get(transaction.hash)) {',
        replace: 'for (const tracked of chain.index.byHash.get(transaction.hash).slice(0, 1)) {',
      },
    ],
    seeds,
  },
  {
    name: 'revision_reused',
    what: 'A transaction that is registered again after it was untracked counts its revisions from the beginning.',
    edits: [
      {
        file: `${partition}/status-node.ts`,
        find: '    partition.removed.set(tracked.id, tracked.revision);\n',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'untracked_still_told',
    what: 'What is no longer tracked is still found when its block comes.',
    edits: [
      {
        file: `${partition}/status-node.ts`,
        find: '    this.chain(tracked.chain).index.remove(tracked);\n',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'lost_receipt_question_not_asked_again',
    what: 'A question for a receipt that was lost with the process is not asked again.',
    edits: [
      {
        file: 'src/status/status-runner.ts',
        find: '    this.#ask(this.node.wants(this.#mark));\n',
        replace: '',
      },
      { file: `${partition}/deadlines.ts`, find: '    step.askReceipt(tracked);\n  }\n  if', replace: '  }\n  if' },
    ],
    seeds,
  },
  {
    name: 'sent_only_once',
    what: 'A raw transaction whose broadcast came to no verdict is not sent again.',
    edits: [
      {
        file: `${partition}/deadlines.ts`,
        find: 'broadcast.dueMs = step.mark.timeMs + Math.min(resendMaxMs, resendBaseMs * 2 ** (broadcast.tries - 1));',
        replace: 'broadcast.dueMs = null;',
      },
    ],
    seeds,
  },
  {
    name: 'change_not_looked_at',
    what: 'A count that is lowered below what is reached already is not said to be reached.',
    edits: [
      {
        file: `${partition}/registration-input.ts`,
        find: "  step.feed(tracked, { kind: 'advance' });\n",
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'deadline_lost',
    what: 'A transaction that waited for one moment does not wait for a later one any more.',
    edits: [
      {
        file: `${partition}/status-node.ts`,
        find: '      if (this.#deadlineOf.get(tracked) === key) this.#deadlineOf.delete(tracked);\n',
        replace: '',
      },
    ],
    seeds,
  },
];
