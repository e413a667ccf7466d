import { defaultEventTypes, type RequiredConfirmations, type TrackRequest, type Transaction } from '@txtrail/protocol';
import type { ChainRules } from './true-chain.ts';

/** What was asked for about one tracked transaction, by effective value. */
export interface TrackedOptions {
  readonly requiredConfirmations: RequiredConfirmations;
  readonly thresholds: readonly number[];
  readonly types: readonly string[];
  readonly expiresAtMs: number | null;
  readonly metadata: unknown;
}

/** One registration that was asked for, and what is known of its fate. Times are simulated milliseconds. */
export interface TrackedRegistration {
  readonly chain: string;
  readonly hash: string;
  readonly subscriber: string;
  /** Learnt from the first answer or event. */
  id: string | null;
  /** Every set of options that was ever asked for, oldest first. */
  readonly options: TrackedOptions[];
  /** The ones that stand, once an answer told them. */
  current: TrackedOptions | null;
  /** The options were changed, or are being changed. */
  changed: boolean;
  /** It was given to us to send. */
  raw: boolean;
  /** Already by the first request, so that what it asks for was known from the beginning. */
  readonly rawAtFirst: boolean;
  claimed: { readonly from: string | null; readonly nonce: number | null };
  readonly askedAtMs: number;
  /** The chain's moves so far when it was first asked for. */
  readonly askedAtMove: number;
  /** When a 2xx said that it is durable; null: no answer came. */
  acknowledgedAtMs: number | null;
  acknowledgedAtMove: number;
  /** A request to stop may have reached the server. */
  untracking: boolean;
  untrackedAtMs: number | null;
  /** It was asked for again after a request to stop. */
  again: boolean;
}

export function optionsOf(request: TrackRequest, rules: ChainRules): TrackedOptions {
  const required = request.confirmations ?? rules.confirmations;
  return {
    requiredConfirmations: required,
    thresholds: roomFor(request.thresholds ?? rules.thresholds, required),
    types: request.types ?? defaultEventTypes,
    expiresAtMs: request.expiresAt === undefined ? null : Date.parse(request.expiresAt),
    metadata: request.metadata ?? null,
  };
}

/** Ascending, each once; a count that the required one leaves no room for is left out. */
export function roomFor(thresholds: readonly number[], required: RequiredConfirmations): readonly number[] {
  const kept = thresholds.filter((threshold) => typeof required !== 'number' || threshold < required);
  return [...new Set(kept)].sort((left, right) => left - right);
}

/** What is wrong with the fields that a registration fixes: they come back as they were given. */
export function fieldProblems(registration: TrackedRegistration, shown: Transaction): readonly string[] {
  const { options } = registration;
  const problems: string[] = [];
  if (registration.id !== null && shown.id !== registration.id)
    problems.push(`has the id ${shown.id}, and had ${registration.id}`);
  if (shown.chain !== registration.chain || shown.hash !== registration.hash) problems.push('is another transaction');
  if (shown.subscriber !== registration.subscriber) problems.push(`belongs to ${shown.subscriber}`);
  if (!options.some((one) => one.requiredConfirmations === shown.requiredConfirmations)) {
    problems.push(`requires ${shown.requiredConfirmations}, which nobody asked for`);
  }
  const { thresholds } = shown;
  if (!options.some((one) => isSameList(one.thresholds, thresholds))) {
    problems.push(`has the thresholds ${thresholds.join()}, which nobody asked for`);
  }
  if (!options.some((one) => sameValue(one.metadata, shown.metadata))) {
    problems.push(`has the metadata ${JSON.stringify(shown.metadata)}, which nobody gave`);
  }
  return problems;
}

function isSameList(left: readonly number[], right: readonly number[]): boolean {
  return left.length === right.length && left.every((one, index) => one === right[index]);
}

/** Equal as JSON, whatever the order of members. */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) !== Array.isArray(right)) return false;
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every(
    (name) =>
      name in right && sameValue((left as Record<string, unknown>)[name], (right as Record<string, unknown>)[name]),
  );
}
