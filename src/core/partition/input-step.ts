import type { Hash } from '../chain/block.ts';
import type { EventRecord } from '../records/event-record.ts';
import { eventIdOf } from '../records/identity.ts';
import type { Origin } from '../records/origin.ts';
import { Step } from '../transaction/step.ts';
import type { TransactionInput } from '../transaction/input.ts';
import { senderOf, type Tracked } from '../transaction/tracked.ts';
import { transition } from '../transaction/transition-table.ts';
import { type JournalMark, noEffects, type StatusEffects } from './effects.ts';
import { feedRival, wasThere } from './match.ts';
import type { StatusNode } from './status-node.ts';

/**
 * One journal record's work on the node: runs transitions, names what they say, and collects the
 * effects. Each partition is a source of its own and counts what it says within the record.
 */
export class InputStep {
  readonly node: StatusNode;
  readonly mark: JournalMark;
  readonly effects: StatusEffects = noEffects();
  readonly #ordinals = new Map<number, number>();

  constructor(node: StatusNode, mark: JournalMark) {
    this.node = node;
    this.mark = mark;
  }

  /** Applies an input to one transaction and files what came of it. */
  feed(tracked: Tracked, input: TransactionInput): void {
    const { view } = this.node.chain(tracked.chain);
    const before = senderOf(tracked);
    const hadInclusion = tracked.inclusion;
    const step = new Step(tracked, { view, timeMs: this.mark.timeMs }, (type) => this.node.isWanted(tracked, type));
    transition(step, input);
    this.node.touched(tracked);
    for (const said of step.said) {
      this.effects.events.push({
        render: 1,
        origin: this.#nextOrigin(tracked.hash),
        id: eventIdOf(said.transactionId, said.revision),
        ...said,
      } satisfies EventRecord);
    }
    if (tracked.inclusion !== null && tracked.inclusion !== hadInclusion) this.askReceipt(tracked);
    this.senderLearnt(tracked, before);
  }

  /**
   * When sender and nonce became known, or turned out otherwise than claimed: tells the sender lane,
   * and looks whether the window holds a rival that could not be recognised before.
   */
  senderLearnt(tracked: Tracked, before: { readonly from: string; readonly nonce: number } | null): void {
    const now = senderOf(tracked);
    if (before?.from === now?.from && before?.nonce === now?.nonce) return;
    if (before !== null) this.tellSenderLane(tracked, 'untracked', before);
    if (now === null) return;
    this.tellSenderLane(tracked, 'tracked', now);
    const { view } = this.node.chain(tracked.chain);
    const rival = view.findByNonce(now.from, now.nonce);
    if (rival === null || rival.transaction.hash === tracked.hash) return;
    feedRival(this, tracked, rival, wasThere(tracked, view, rival.block));
  }

  tellSenderLane(
    tracked: Tracked,
    kind: 'tracked' | 'untracked',
    sender: { readonly from: string; readonly nonce: number },
  ): void {
    this.effects.senders.push({
      kind,
      tenant: tracked.tenant,
      chain: tracked.chain,
      sender: sender.from,
      nonce: sender.nonce,
      hash: tracked.hash,
      origin: this.#nextOrigin(tracked.hash),
    });
  }

  askReceipt(tracked: Tracked): void {
    const { inclusion } = tracked;
    if (inclusion === null || inclusion.receipt !== null) return;
    this.effects.probes.push({
      kind: 'receipt',
      chain: tracked.chain,
      hash: tracked.hash,
      blockHash: inclusion.block.hash,
      blockNumber: inclusion.block.number,
      index: inclusion.index,
    });
  }

  #nextOrigin(hash: Hash): Origin {
    const { number } = this.node.partitionOf(hash);
    const ordinal = this.#ordinals.get(number) ?? 0;
    this.#ordinals.set(number, ordinal + 1);
    return { source: `status/${number}`, position: this.mark.position, ordinal };
  }
}
