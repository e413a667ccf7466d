/** One thing that can happen next. */
export interface Step<State> {
  /** A fault may happen; every other step that can be taken is taken in the end. */
  readonly fault: boolean;
  readonly text: () => string;
  readonly next: State;
}

export interface Model<State> {
  readonly initial: State;
  /** Everything that can happen in a state, always in the same order. */
  readonly steps: (state: State) => readonly Step<State>[];
  /** Two states with one key have the same future, but for the number of faults that can still happen. */
  readonly keyOf: (state: State) => string;
  readonly faultsLeft: (state: State) => number;
  /** What is wrong with a state; null: nothing. */
  readonly broken: (state: State) => string | null;
  /** What is still owed in a state in which nothing but faults can happen; null: nothing. */
  readonly owed: (state: State) => string | null;
  /** What such a state comes to, for comparing searches. */
  readonly endOf: (state: State) => string;
}

export interface Verdict {
  readonly states: number;
  readonly transitions: number;
  /** The longest of the shortest ways to a state. */
  readonly depth: number;
  /** States in which nothing but faults can happen. */
  readonly settled: number;
  /** What they come to, each once. */
  readonly ends: readonly string[];
  /** False: the search ended at its limit and proves nothing. */
  readonly complete: boolean;
  /** The shortest way to a broken promise; null: none is broken. */
  readonly counterexample: Counterexample | null;
}

export interface Counterexample {
  readonly broken: string;
  readonly steps: readonly string[];
}

/**
 * Visits every state that can be reached, nearest first, so the first fault found is a nearest one.
 * Besides what is wrong with a state it finds a run that ends with something owed, and one that can
 * go on for ever without a fault.
 */
export function check<State>(model: Model<State>, options: { readonly maxStates: number }): Verdict {
  const search = new Search(model);
  let frontier: { id: number; state: State }[] = [{ id: 0, state: model.initial }];
  let depth = 0;
  let counterexample = search.told(model.broken(model.initial), 0);
  while (frontier.length > 0 && counterexample === null && search.states <= options.maxStates) {
    const found: typeof frontier = [];
    for (const { id, state } of frontier) {
      let settled = true;
      for (const [ordinal, step] of model.steps(state).entries()) {
        const { target, isNew } = search.visit(id, ordinal, step);
        // A step that changes nothing is no way out.
        if (!step.fault && target !== id) settled = false;
        if (!isNew) continue;
        found.push({ id: target, state: step.next });
        counterexample ??= search.told(model.broken(step.next), target);
      }
      if (settled) {
        search.settle(state);
        counterexample ??= search.told(model.owed(state), id);
      }
      if (counterexample !== null) break;
    }
    frontier = found;
    if (found.length > 0) depth += 1;
  }
  const complete = frontier.length === 0 && counterexample === null;
  if (complete) counterexample = search.endless();
  const { states, transitions, settled, ends } = search;
  return { states, transitions, depth, settled, ends: [...ends].sort(), complete, counterexample };
}

class Search<State> {
  transitions = 0;
  settled = 0;
  readonly ends = new Set<string>();
  readonly #model: Model<State>;
  /** The state of each key with the most faults left: whatever can happen with fewer can happen in it. */
  readonly #ids = new Map<string, number>();
  readonly #faultsLeft: number[] = [];
  readonly #parents: number[] = [];
  readonly #ordinals: number[] = [];
  /** Steps that are no faults: pairs of states. */
  readonly #edges: number[] = [];

  constructor(model: Model<State>) {
    this.#model = model;
    this.#add(model.keyOf(model.initial), model.initial, -1, 0);
  }

  get states(): number {
    return this.#parents.length;
  }

  visit(from: number, ordinal: number, step: Step<State>): { readonly target: number; readonly isNew: boolean } {
    this.transitions += 1;
    const key = this.#model.keyOf(step.next);
    const known = this.#ids.get(key);
    const isNew = known === undefined || this.#faultsLeft[known]! < this.#model.faultsLeft(step.next);
    const target = isNew ? this.#add(key, step.next, from, ordinal) : known;
    if (!step.fault && target !== from) this.#edges.push(from, target);
    return { target, isNew };
  }

  #add(key: string, state: State, parent: number, ordinal: number): number {
    const id = this.#parents.length;
    this.#ids.set(key, id);
    this.#faultsLeft.push(this.#model.faultsLeft(state));
    this.#parents.push(parent);
    this.#ordinals.push(ordinal);
    return id;
  }

  settle(state: State): void {
    this.settled += 1;
    this.ends.add(this.#model.endOf(state));
  }

  told(broken: string | null, id: number): Counterexample | null {
    return broken === null ? null : { broken, steps: this.#wayTo(id) };
  }

  #wayTo(id: number): string[] {
    const ordinals: number[] = [];
    for (let at = id; at > 0; at = this.#parents[at] ?? 0) ordinals.push(this.#ordinals[at] ?? 0);
    let state = this.#model.initial;
    return ordinals.reverse().map((ordinal) => {
      const step = this.#model.steps(state)[ordinal];
      if (step === undefined) throw new Error('the steps of a state came in another order');
      state = step.next;
      return step.text();
    });
  }

  /** Takes states away that no other leads to without a fault, until none is left: what stays is a circle. */
  endless(): Counterexample | null {
    const incoming = new Int32Array(this.states);
    const starts = new Int32Array(this.states + 1);
    for (let at = 0; at < this.#edges.length; at += 2) {
      incoming[this.#edges[at + 1] ?? 0]! += 1;
      starts[(this.#edges[at] ?? 0) + 1]! += 1;
    }
    for (let id = 0; id < this.states; id += 1) starts[id + 1]! += starts[id]!;
    const targets = new Int32Array(this.#edges.length / 2);
    const filled = starts.slice();
    for (let at = 0; at < this.#edges.length; at += 2) targets[filled[this.#edges[at]!]!++] = this.#edges[at + 1]!;
    const free = [...incoming.keys()].filter((id) => incoming[id] === 0);
    let taken = 0;
    for (let id = free.pop(); id !== undefined; id = free.pop()) {
      taken += 1;
      for (let at = starts[id]!; at < starts[id + 1]!; at += 1) {
        const target = targets[at]!;
        incoming[target]! -= 1;
        if (incoming[target] === 0) free.push(target);
      }
    }
    if (taken === this.states) return null;
    return this.told(
      'A run can go on for ever without coming to an end.',
      incoming.findIndex((count) => count > 0),
    );
  }
}
