import type { ChangeRequest, TrackRequest, Transaction } from '@txtrail/protocol';
import type { SometimesState } from './sometimes.ts';
import { optionsOf, roomFor, sameValue, type TrackedRegistration } from './tracked-registration.ts';
import { TrackedStory } from './tracked-story.ts';
import type { TrueChain } from './true-chain.ts';

export interface RegistrationsDeps {
  readonly chain: (name: string) => TrueChain;
  readonly clockOffMs: number;
  readonly reach: (state: SometimesState) => void;
}

/** Everything that was asked to be tracked, with the story of each. */
export class Registrations {
  readonly #deps: RegistrationsDeps;
  readonly #byKey = new Map<string, TrackedStory>();
  readonly #byId = new Map<string, TrackedStory>();
  readonly #byHash = new Map<string, TrackedStory[]>();
  readonly #families = new Map<string, string>();

  constructor(deps: RegistrationsDeps) {
    this.#deps = deps;
  }

  byId(id: string): TrackedStory | null {
    return this.#byId.get(id) ?? null;
  }

  /** The story that an event or an answer belongs to; null: nobody asked for it. */
  storyOf(shown: Transaction): TrackedStory | null {
    const story = this.#byKey.get(keyOf(shown.chain, shown.hash, shown.subscriber)) ?? null;
    if (story !== null && !this.#byId.has(shown.id)) this.#byId.set(shown.id, story);
    return story;
  }

  of(chain: string): readonly TrackedStory[] {
    return [...this.#byKey.values()].filter(({ registration }) => registration.chain === chain);
  }

  asked(request: TrackRequest, hash: string, atMs: number): void {
    const chain = this.#deps.chain(request.chain);
    const subscriber = request.subscriber ?? 'default';
    const key = keyOf(chain.rules.chain, hash, subscriber);
    const options = optionsOf(request, chain.rules);
    const story = this.#byKey.get(key);
    if (story === undefined) {
      this.#create(key, request, { chain, hash, subscriber, atMs });
      return;
    }
    const { registration } = story;
    if (!registration.options.some((one) => sameValue(one, options))) registration.options.push(options);
    registration.raw ||= request.raw !== undefined;
    registration.again ||= registration.untracking;
  }

  registered(
    request: TrackRequest,
    answer: Transaction,
    atMs: number,
  ): { readonly problems: readonly string[]; readonly story: TrackedStory } {
    const chain = this.#deps.chain(request.chain);
    const subscriber = request.subscriber ?? 'default';
    const problems: string[] = [];
    const asked = [chain.rules.chain, request.hash?.toLowerCase() ?? answer.hash, subscriber] as const;
    const story = this.#byKey.get(keyOf(...asked));
    if (story === undefined) throw new Error(`${request.hash} was answered and never asked for`);
    const { registration } = story;
    if (answer.chain !== asked[0] || answer.hash !== asked[1] || answer.subscriber !== asked[2]) {
      problems.push(`§3 asked for ${asked.join(' ')} and got ${answer.chain} ${answer.hash} ${answer.subscriber}`);
    }
    registration.id ??= answer.id;
    this.#byId.set(answer.id, story);
    this.#reachStates(request, registration, chain);
    if (registration.acknowledgedAtMs === null || registration.untracking) {
      registration.acknowledgedAtMs = atMs;
      registration.acknowledgedAtMove = chain.moves.length;
    }
    registration.untracking = false;
    registration.untrackedAtMs = null;
    registration.current = {
      ...optionsOf(request, chain.rules),
      requiredConfirmations: answer.requiredConfirmations,
      thresholds: answer.thresholds,
    };
    return { problems, story };
  }

  changing(id: string, change: ChangeRequest): void {
    const registration = this.#byId.get(id)?.registration;
    if (registration === undefined) throw new Error(`${id} is changed and was never registered`);
    const { confirmations, thresholds, types, expiresAt } = change;
    registration.changed ||= [confirmations, thresholds, types, expiresAt].some((one) => one !== undefined);
    for (const before of [...registration.options]) {
      const requiredConfirmations = change.confirmations ?? before.requiredConfirmations;
      const after = {
        requiredConfirmations,
        thresholds: roomFor(change.thresholds ?? before.thresholds, requiredConfirmations),
        types: change.types ?? before.types,
        expiresAtMs: change.expiresAt == null ? before.expiresAtMs : Date.parse(change.expiresAt),
        metadata: change.metadata === undefined ? before.metadata : change.metadata,
      };
      if (!registration.options.some((one) => sameValue(one, after))) registration.options.push(after);
    }
  }

  changed(id: string): void {
    const story = this.#byId.get(id);
    if (story?.inclusion != null) this.#deps.reach('changed while in a block');
  }

  untracking(id: string): void {
    const registration = this.#byId.get(id)?.registration;
    if (registration !== undefined) registration.untracking = true;
  }

  untracked(id: string, atMs: number): void {
    const story = this.#byId.get(id);
    if (story === undefined) throw new Error(`${id} is untracked and was never registered`);
    story.registration.untracking = true;
    story.registration.untrackedAtMs = atMs;
    if (story.inclusion !== null) this.#deps.reach('untracked while in a block');
  }

  /** I01 and I12: what is listed is what was registered and not untracked, each once. */
  listProblems(transactions: readonly Transaction[]): readonly string[] {
    const problems: string[] = [];
    const listed = new Set<string>();
    for (const shown of transactions) {
      if (listed.has(shown.id)) problems.push(`I12 ${shown.id} is listed twice`);
      listed.add(shown.id);
      const story = this.storyOf(shown);
      if (story === null) problems.push(`I12 ${shown.id} ${shown.hash} is listed, and nobody asked for it`);
      else if (story.registration.untrackedAtMs !== null) problems.push(`I12 ${shown.id} is listed, and was untracked`);
    }
    for (const { registration } of this.#byKey.values()) {
      const { id, acknowledgedAtMs, untracking } = registration;
      if (acknowledgedAtMs === null || untracking || (id !== null && listed.has(id))) continue;
      problems.push(`I01 ${id} ${registration.hash} was registered for ${registration.subscriber} and is not listed`);
    }
    return problems;
  }

  #create(
    key: string,
    request: TrackRequest,
    asked: { readonly chain: TrueChain; readonly hash: string; readonly subscriber: string; readonly atMs: number },
  ): void {
    const { chain, hash, subscriber, atMs } = asked;
    const registration: TrackedRegistration = {
      ...{ chain: chain.rules.chain, hash, subscriber, id: null, options: [optionsOf(request, chain.rules)] },
      ...{ current: null, changed: false, raw: request.raw !== undefined, rawAtFirst: request.raw !== undefined },
      claimed: { from: request.from?.toLowerCase() ?? null, nonce: request.nonce ?? null },
      ...{ askedAtMs: atMs, askedAtMove: chain.moves.length, acknowledgedAtMs: null, acknowledgedAtMove: 0 },
      ...{ untracking: false, untrackedAtMs: null, again: false },
    };
    const { clockOffMs, reach } = this.#deps;
    const story = new TrackedStory(registration, { chain, clockOffMs, reach });
    this.#byKey.set(key, story);
    const same = this.#byHash.get(`${chain.rules.chain}/${hash}`) ?? [];
    if (same.length > 0) reach('same hash for two subscribers');
    this.#byHash.set(`${chain.rules.chain}/${hash}`, [...same, story]);
  }

  #reachStates(request: TrackRequest, registration: TrackedRegistration, chain: TrueChain): void {
    const { reach } = this.#deps;
    const { hash, acknowledgedAtMs, again } = registration;
    if (request.raw !== undefined) reach('registered by raw');
    if (acknowledgedAtMs !== null && registration.untrackedAtMs === null) reach('registered twice');
    if (again) reach('registered again after untracking');
    const placement = chain.placementOf(hash);
    if (placement !== null) reach('registered late');
    if (placement !== null && chain.finalSinceMs(placement.block) !== null) reach('registered late and final already');
    const own = chain.details(hash);
    const rival = own === null ? null : chain.rivalOf(hash, own.from, own.nonce);
    const left = chain.tree.placementsOf(hash).some(({ block }) => block.leftAtMs !== null);
    if (left && placement === null && rival === null) reach('registered between its block leaving and what came next');
    if (own === null) return;
    const family = `${registration.chain}/${own.from}/${own.nonce}`;
    const sibling = this.#families.get(family) ?? hash;
    if (sibling !== hash) reach('two of a family tracked');
    this.#families.set(family, sibling);
  }
}

function keyOf(chain: string, hash: string, subscriber: string): string {
  return `${chain}\n${hash}\n${subscriber}`;
}
