import type { TrackRequest, Transaction, TxTrailEvent } from '@txtrail/protocol';
import type { ChainTruth, Judge, ToldBlock, ToldTransaction } from '../context.ts';
import type { ReadingPlace } from '../judge.ts';
import type { SimulatedTime } from '../time/simulated-time.ts';
import type { TraceEntry } from '../trace.ts';
import type { Witness } from '../witness.ts';

/** What the script of a true chain told. */
export type ChainFact =
  | { readonly kind: 'block'; readonly block: ToldBlock }
  | { readonly kind: 'head' | 'safe' | 'finalized' | 'evicted'; readonly hash: string }
  | { readonly kind: 'made' | 'pool'; readonly transaction: ToldTransaction };

/** One thing that happened in a run. */
export type Happening = { readonly atMs: number } & (
  | { readonly kind: 'port'; readonly entry: TraceEntry }
  | { readonly kind: 'chain'; readonly chain: string; readonly fact: ChainFact }
  | { readonly kind: 'asked'; readonly request: TrackRequest; readonly hash: string }
  | { readonly kind: 'registered'; readonly transaction: Transaction }
  | { readonly kind: 'resumed'; readonly reader: string; readonly place: ReadingPlace }
  | { readonly kind: 'received'; readonly reader: string; readonly event: TxTrailEvent }
  | { readonly kind: 'problem'; readonly text: string }
);

/** Everything that happened in a run, in its order, for whoever wants to read what became of one transaction. */
export class Recording implements Witness {
  readonly happenings: Happening[] = [];

  keep(entry: TraceEntry): void {
    this.happenings.push({ kind: 'port', atMs: entry.atMs, entry });
  }

  problem(atMs: number, text: string): void {
    this.happenings.push({ kind: 'problem', atMs, text });
  }

  hearing(judge: Judge, time: SimulatedTime): Judge {
    const { happenings } = this;
    return {
      truth: (chain) => this.#hearingTruth(judge.truth(chain), chain, time),
      crashed: (atMs) => judge.crashed(atMs),
      asked: (asking) => {
        happenings.push({ kind: 'asked', atMs: asking.atMs, request: asking.request, hash: asking.hash.toLowerCase() });
        judge.asked(asking);
      },
      registered: (answered) => {
        happenings.push({ kind: 'registered', atMs: answered.atMs, transaction: answered.answer });
        return judge.registered(answered);
      },
      changing: (asking) => judge.changing(asking),
      changed: (id, answer, atMs) => judge.changed(id, answer, atMs),
      untracking: (id) => judge.untracking(id),
      untracked: (id, atMs) => judge.untracked(id, atMs),
      shown: (transaction) => judge.shown(transaction),
      resumed: (resumption) => {
        happenings.push({ kind: 'resumed', atMs: time.nowMs, reader: resumption.reader, place: resumption });
        judge.resumed(resumption);
      },
      acknowledged: (told) => judge.acknowledged(told),
      received: (delivery) => {
        const { reader, event, atMs } = delivery;
        happenings.push({ kind: 'received', atMs, reader, event });
        return judge.received(delivery);
      },
    };
  }

  #hearingTruth(truth: ChainTruth, chain: string, time: SimulatedTime): ChainTruth {
    const note = (fact: ChainFact): void => {
      this.happenings.push({ kind: 'chain', atMs: time.nowMs, chain, fact });
    };
    return {
      block: (block, atMs) => {
        note({ kind: 'block', block });
        truth.block(block, atMs);
      },
      head: (hash, atMs) => {
        note({ kind: 'head', hash });
        truth.head(hash, atMs);
      },
      safe: (hash, atMs) => {
        note({ kind: 'safe', hash });
        truth.safe(hash, atMs);
      },
      finalized: (hash, atMs) => {
        note({ kind: 'finalized', hash });
        truth.finalized(hash, atMs);
      },
      made: (transaction) => {
        note({ kind: 'made', transaction });
        truth.made(transaction);
      },
      pool: (transaction, atMs) => {
        note({ kind: 'pool', transaction });
        truth.pool(transaction, atMs);
      },
      evicted: (hash, atMs) => {
        note({ kind: 'evicted', hash });
        truth.evicted(hash, atMs);
      },
    };
  }
}
