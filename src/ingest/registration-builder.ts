import { type ChangeRequest, eventTypes, type FieldError, type TrackRequest } from '@txtrail/protocol';
import type { ChainConfig } from '../config/config.ts';
import type { CallDetails } from '../core/chain/block.ts';
import { transactionIdOf } from '../core/records/identity.ts';
import type { RegistrationRecord, TrackOptions } from '../core/records/registration-record.ts';
import type { RawDecoder } from '../ports/raw-decoder.ts';
import type { Refusal } from '../ports/tracker-service.ts';

export type TrackRecord = Extract<RegistrationRecord, { readonly kind: 'track' }>;

export type Built = { readonly outcome: 'built'; readonly record: TrackRecord } | Refusal;

/** The subscriber of a registration that names none. */
export const defaultSubscriber = 'default';

/** The chains by every name a request may use. */
export class ChainDirectory {
  readonly #byName = new Map<string, ChainConfig>();

  constructor(chains: readonly ChainConfig[]) {
    for (const chain of chains) {
      this.#byName.set(chain.chain, chain);
      if (chain.name !== null) this.#byName.set(chain.name, chain);
    }
  }

  find(name: string): ChainConfig | null {
    return this.#byName.get(name) ?? null;
  }

  names(): readonly string[] {
    return [...this.#byName.keys()];
  }
}

/** Turns a request into the record that is written: names resolved, defaults filled in, every mistake told at once. */
export function buildTrack(
  tenant: string,
  request: TrackRequest,
  deps: { readonly chains: ChainDirectory; readonly decoder: RawDecoder; readonly requestId: string },
): Built {
  const chain = deps.chains.find(request.chain);
  if (chain === null) return unknownChain(request.chain, deps.chains);
  const errors: FieldError[] = [];
  if ((request.hash === undefined) === (request.raw === undefined)) {
    errors.push({ path: '', message: 'give exactly one of "hash" and "raw"' });
  }
  const options = optionsOf(request, chain, errors);
  const from = request.from?.toLowerCase() ?? null;
  const nonce = request.nonce ?? null;
  if (errors.length > 0) return invalid(errors);
  const identified = identify(request, chain, deps.decoder);
  if ('outcome' in identified) return identified;
  const { hash, details } = identified;
  if (details !== null && from !== null && details.from !== from) {
    return invalid([{ path: '/from', message: `the raw transaction was signed by ${details.from}` }]);
  }
  if (details !== null && nonce !== null && details.nonce !== nonce) {
    return invalid([{ path: '/nonce', message: `the raw transaction has nonce ${details.nonce}` }]);
  }
  const subscriber = request.subscriber ?? defaultSubscriber;
  return {
    outcome: 'built',
    record: {
      kind: 'track',
      requestId: deps.requestId,
      tenant,
      subscriber,
      id: transactionIdOf(tenant, chain.chain, hash, subscriber),
      chain: chain.chain,
      hash,
      options,
      given: givenOptions(request),
      details,
      claimed: { from, nonce },
      raw: request.raw?.toLowerCase() ?? null,
    },
  };
}

/** The changes that a PATCH asks for; `current` is what they are checked against. */
export function buildChange(
  request: ChangeRequest,
  current: { readonly confirmations: TrackOptions['confirmations'] },
): { readonly changes: Partial<TrackOptions> } | Refusal {
  const errors: FieldError[] = [];
  const changes: Partial<Mutable<TrackOptions>> = {};
  if (request.confirmations !== undefined) changes.confirmations = request.confirmations;
  const confirmations = request.confirmations ?? current.confirmations;
  if (request.thresholds !== undefined) changes.thresholds = checkThresholds(request.thresholds, confirmations, errors);
  if (request.types !== undefined) changes.types = checkTypes(request.types, errors);
  if (request.expiresAt !== undefined) changes.expiresAtMs = checkTime(request.expiresAt, errors);
  if (request.metadata !== undefined) changes.metadata = request.metadata;
  return errors.length > 0 ? invalid(errors) : { changes };
}

export function unknownChain(name: string, chains: ChainDirectory): Refusal {
  const detail = `chain ${JSON.stringify(name)} is not configured; known are ${chains.names().join(', ') || 'none'}`;
  return { outcome: 'refused', code: 'unknown_chain', detail, errors: [{ path: '/chain', message: detail }] };
}

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

type Identified = { readonly hash: string; readonly details: CallDetails | null };

function identify(request: TrackRequest, chain: ChainConfig, decoder: RawDecoder): Identified | Refusal {
  if (request.raw === undefined) return { hash: (request.hash ?? '').toLowerCase(), details: null };
  const decoded = decoder.decode(chain.chain, request.raw);
  if (decoded.ok) return decoded;
  return {
    outcome: 'refused',
    code: 'invalid_raw_transaction',
    detail: decoded.reason,
    errors: [{ path: '/raw', message: decoded.reason }],
  };
}

function optionsOf(request: TrackRequest, chain: ChainConfig, errors: FieldError[]): TrackOptions {
  const confirmations = request.confirmations ?? chain.confirmations;
  // A default threshold that the required count leaves no room for is left out, an asked-for one is a mistake.
  const thresholds =
    request.thresholds === undefined
      ? chain.thresholds.filter((threshold) => typeof confirmations !== 'number' || threshold < confirmations)
      : checkThresholds(request.thresholds, confirmations, errors);
  return {
    confirmations,
    thresholds,
    types: request.types === undefined ? null : checkTypes(request.types, errors),
    private: request.private ?? false,
    expiresAtMs: request.expiresAt === undefined ? null : checkTime(request.expiresAt, errors),
    metadata: request.metadata ?? null,
  };
}

function givenOptions(request: TrackRequest): readonly (keyof TrackOptions)[] {
  const given: (keyof TrackOptions)[] = [];
  if (request.confirmations !== undefined) given.push('confirmations');
  if (request.thresholds !== undefined) given.push('thresholds');
  if (request.types !== undefined) given.push('types');
  if (request.private !== undefined) given.push('private');
  if (request.expiresAt !== undefined) given.push('expiresAtMs');
  if (request.metadata !== undefined) given.push('metadata');
  return given;
}

function checkThresholds(
  thresholds: readonly number[],
  confirmations: TrackOptions['confirmations'],
  errors: FieldError[],
): readonly number[] {
  thresholds.forEach((threshold, index) => {
    if (typeof confirmations !== 'number' || threshold < confirmations) return;
    errors.push({
      path: `/thresholds/${index}`,
      message: `must be below the required ${confirmations} confirmations, is ${threshold}`,
    });
  });
  return [...new Set(thresholds)].sort((left, right) => left - right);
}

function checkTypes(types: readonly string[], errors: FieldError[]): readonly string[] {
  types.forEach((type, index) => {
    if ((eventTypes as readonly string[]).includes(type)) return;
    errors.push({ path: `/types/${index}`, message: `is not an event type: ${JSON.stringify(type)}` });
  });
  return [...new Set(types)].sort();
}

function checkTime(text: string | null, errors: FieldError[]): number | null {
  if (text === null) return null;
  const timeMs = Date.parse(text);
  if (Number.isNaN(timeMs)) errors.push({ path: '/expiresAt', message: 'must be an ISO 8601 date and time' });
  return timeMs;
}

function invalid(errors: readonly FieldError[]): Refusal {
  const detail = errors.map(({ path, message }) => `${path || 'the body'} ${message}`).join('; ');
  return { outcome: 'refused', code: 'invalid_request', detail, errors };
}
