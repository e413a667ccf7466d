import { slotCount } from './hash-slot.ts';

interface SlotRange {
  readonly from: number;
  readonly to: number;
  readonly master: string;
}

/** Which node is the master of which slots, as the cluster last told. */
export class SlotMap {
  #ranges: readonly SlotRange[] = [];
  /** Slots that went elsewhere since. */
  readonly #moved = new Map<number, string>();
  #nodes: readonly string[] = [];

  /** Every node the cluster told of, replicas too. */
  get nodes(): readonly string[] {
    return this.#nodes;
  }

  /** Every slot has a master. */
  get isWhole(): boolean {
    return this.#ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0) === slotCount;
  }

  /** null: the cluster named none. */
  masterOf(slot: number): string | null {
    return this.#moved.get(slot) ?? this.#ranges.find(({ from, to }) => from <= slot && slot <= to)?.master ?? null;
  }

  move(slot: number, address: string): void {
    this.#moved.set(slot, address);
  }

  /**
   * Takes an answer of `CLUSTER SLOTS`, given by the node at `address`; false where it names no slot.
   * The answer: `[from, to, [host, port, …] of the master, …of the replicas]` for each range.
   */
  replace(answer: unknown, address: string): boolean {
    const entries = Array.isArray(answer) ? (answer as readonly (readonly unknown[])[]) : [];
    if (entries.length === 0) return false;
    const own = address.slice(0, address.lastIndexOf(':'));
    this.#ranges = entries.map(([from, to, master]) => ({
      from: Number(from),
      to: Number(to),
      master: addressOf(master, own),
    }));
    this.#nodes = entries.flatMap(([, , ...nodes]) => nodes.map((node) => addressOf(node, own)));
    this.#moved.clear();
    return true;
  }
}

/** A node that does not know its own name gives none: then it is the one that was asked. */
function addressOf(node: unknown, own: string): string {
  const [host, port] = node as readonly [string | null, number];
  return `${host === null || host === '' || host === '?' ? own : host}:${port}`;
}
