import { digest128 } from '../lib/digest.ts';
import { methodsOfFault } from './fault.ts';
import type { Fault, FaultRule } from './fault.ts';

/** What a rule is held against: one call, or one push. */
export interface FaultOccasion {
  readonly method: string;
  readonly params: readonly unknown[];
  readonly transport: 'http' | 'ws';
  /** Its place in the batch; 0 for a single call. */
  readonly position: number;
  /** Milliseconds; whatever clock the caller keeps. */
  readonly now: number;
}

interface Entry {
  readonly rule: FaultRule;
  timesLeft: number;
}

const defaultWindowMs = 1000;

/** A rule that names no method is about requests, not about these. */
const pushTopics: readonly string[] = ['newHeads', 'newPendingTransactions'];

/** The faults that are set on one provider, and which of them strike. */
export class FaultBook {
  readonly #name: string;
  readonly #strikes = new Map<Fault['kind'], number>();
  #entries: Entry[] = [];

  /** @param options.name the provider's: faults of equal seed strike each provider in its own way */
  constructor(options: { readonly name: string }) {
    this.#name = options.name;
  }

  /** Sets a fault; returns the way to clear it. */
  set(rule: FaultRule): () => void {
    const entry = { rule, timesLeft: rule.times ?? Number.POSITIVE_INFINITY };
    this.#entries.push(entry);
    return () => {
      this.#entries = this.#entries.filter((other) => other !== entry);
    };
  }

  clear(): void {
    this.#entries = [];
  }

  /** How often faults of this kind have struck. */
  strikes(kind: Fault['kind']): number {
    return this.#strikes.get(kind) ?? 0;
  }

  /** The rules that strike now, in the order they were set; each strike counts. */
  strike(occasion: FaultOccasion): readonly FaultRule[] {
    const struck = this.#entries.filter((entry) => entry.timesLeft > 0 && this.#fits(entry.rule, occasion));
    for (const entry of struck) {
      const { kind } = entry.rule.fault;
      entry.timesLeft -= 1;
      this.#strikes.set(kind, this.strikes(kind) + 1);
    }
    return struck.map((entry) => entry.rule);
  }

  #fits(rule: FaultRule, occasion: FaultOccasion): boolean {
    const methods = rule.methods ?? methodsOfFault[rule.fault.kind];
    const isPush = pushTopics.includes(occasion.method);
    if (methods === null ? isPush : !methods.includes(occasion.method)) return false;
    if (rule.transport !== undefined && rule.transport !== occasion.transport) return false;
    if (rule.positions !== undefined && !rule.positions.includes(occasion.position)) return false;
    if (rule.when !== undefined && !rule.when(occasion.params)) return false;
    return rule.probability === undefined || this.#draw(rule, occasion) < rule.probability;
  }

  /** A number in [0, 1) that follows from the seed, the provider, the call and the time. */
  #draw(rule: FaultRule, occasion: FaultOccasion): number {
    const window = Math.floor(occasion.now / (rule.windowMs ?? defaultWindowMs));
    const { method, params } = occasion;
    const about = [rule.fault.kind, method, JSON.stringify(params), String(window)];
    const digest = digest128(String(rule.seed ?? 0), this.#name, ...about);
    return Number.parseInt(digest.slice(0, 12), 16) / 2 ** 48;
  }
}
