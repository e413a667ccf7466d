import type { ChainTruth, Judge } from './context.ts';
import type { ClientJudge } from './judge.ts';
import type { Oracle } from './oracle/oracle.ts';
import { beginMs } from './seed-plan.ts';

type Told<Name extends keyof ClientJudge> = Parameters<ClientJudge[Name]>[0];

/** The oracle reads times as dates; a run counts them from its beginning. */
export class DatedJudge implements Judge {
  readonly #oracle: Oracle;

  constructor(oracle: Oracle) {
    this.#oracle = oracle;
  }

  truth(chain: string): ChainTruth {
    const truth = this.#oracle.truth(chain);
    return {
      block: (block, atMs) => truth.block(block, dated(atMs)),
      head: (hash, atMs) => truth.head(hash, dated(atMs)),
      safe: (hash, atMs) => truth.safe(hash, dated(atMs)),
      finalized: (hash, atMs) => truth.finalized(hash, dated(atMs)),
      made: (transaction) => truth.made(transaction),
      pool: (transaction, atMs) => truth.pool(transaction, dated(atMs)),
      evicted: (hash, atMs) => truth.evicted(hash, dated(atMs)),
    };
  }

  crashed(atMs: number): void {
    this.#oracle.crashed(dated(atMs));
  }

  asked(asking: Told<'asked'>): void {
    this.#oracle.asked({ ...asking, atMs: dated(asking.atMs) });
  }

  registered(answered: Told<'registered'>): readonly string[] {
    return this.#oracle.registered({ ...answered, atMs: dated(answered.atMs) });
  }

  changing(asking: Told<'changing'>): void {
    this.#oracle.changing(asking);
  }

  changed(...[id, answer, atMs]: Parameters<ClientJudge['changed']>): readonly string[] {
    return this.#oracle.changed(id, answer, dated(atMs));
  }

  untracking(id: string): void {
    this.#oracle.untracking(id);
  }

  untracked(id: string, atMs: number): void {
    this.#oracle.untracked(id, dated(atMs));
  }

  shown(transaction: Told<'shown'>): readonly string[] {
    return this.#oracle.shown(transaction);
  }

  resumed(resumption: Told<'resumed'>): void {
    this.#oracle.resumed(resumption);
  }

  acknowledged(told: Told<'acknowledged'>): void {
    this.#oracle.acknowledged(told);
  }

  received(delivery: Told<'received'>): readonly string[] {
    return this.#oracle.received({ ...delivery, atMs: dated(delivery.atMs) });
  }

  settled(told: Parameters<Oracle['settled']>[0]): readonly string[] {
    return this.#oracle.settled({ ...told, atMs: dated(told.atMs) });
  }

  get reached(): ReadonlySet<string> {
    return this.#oracle.reached;
  }
}

function dated(atMs: number): number {
  return beginMs + atMs;
}
