import { createHash } from 'node:crypto';
import type { TrackRequest, Transaction } from '@txtrail/protocol';
import { Chance } from '../chance.ts';
import { calmFromMs, type ChainPlan } from '../seed-plan.ts';
import type { Sending } from '../world/wallet.ts';
import { ApiClient } from './api-client.ts';
import { BatchRegistrar } from './batch-registrar.ts';
import type { ClientDeps } from './client-deps.ts';
import { type Deed, type FollowPlan, followPlan, trackOptions } from './follow-plan.ts';
import { Followed } from './followed.ts';
import { rawTransaction, rawWallets } from './raw-wallet.ts';
import { Registrar } from './registrar.ts';
import { SocketRegistrar } from './socket-registrar.ts';
import { listTransactions } from './transaction-list.ts';

/** Hashes a run that nothing ever had. */
const madeUpHashes = 2;
/** How often a run the list is read while everything goes on. */
const listings = 3;

/** The services that register transactions and do things with them afterwards. */
export class Followers {
  readonly #deps: ClientDeps;
  readonly #chance: Chance;
  readonly #api: ApiClient;
  readonly #single: Registrar;
  readonly #batch: BatchRegistrar;
  readonly #socket: SocketRegistrar;
  readonly #followed: Followed[] = [];

  constructor(deps: ClientDeps) {
    const { seed } = deps.context;
    this.#deps = deps;
    this.#chance = new Chance(seed, 'followers');
    this.#api = new ApiClient({ name: 'shop', latencyMs: 4 }, deps);
    const otherApi = new ApiClient({ name: 'other shop', latencyMs: 4 }, deps);
    this.#single = new Registrar({ ...deps, api: this.#api, otherApi, chance: new Chance(seed, 'registrar') });
    this.#batch = new BatchRegistrar({ ...deps, api: otherApi, chance: new Chance(seed, 'batches') });
    this.#socket = new SocketRegistrar({ name: 'till', latencyMs: 8 }, deps);
  }

  start(): void {
    const { plan, time } = this.#deps.context;
    for (let index = 0; index < madeUpHashes; index += 1) {
      const hash = `0x${createHash('sha256').update(`${this.#deps.context.seed}/made up/${index}`).digest('hex')}`;
      const chain = this.#chance.pick(plan.chains);
      time.after(this.#chance.between(0, calmFromMs), () =>
        this.#follow(chain, { chain: chain.config.chain, hash }, hash),
      );
    }
    for (let wallet = 0; wallet < rawWallets; wallet += 1) {
      if (!this.#chance.happens(0.35)) continue;
      const chain = this.#chance.pick(plan.chains);
      time.after(this.#chance.between(1_000, calmFromMs), () => this.#followRaw(chain, wallet));
    }
    for (let index = 0; index < listings; index += 1) {
      time.after(this.#chance.between(10_000, calmFromMs + 60_000), () => void this.#list());
    }
  }

  /** A wallet sent a transaction: mostly somebody wants to follow it, sometimes two do. */
  sent(chain: ChainPlan, { transaction, raw, isPrivate }: Sending): void {
    const { subscribers } = this.#deps.context.plan;
    this.#deps.notes.noteSent({ chain: chain.config.chain, hash: transaction.hash });
    const count = Number(this.#chance.weighted({ 0: 1, 1: 12, 2: 1 }));
    const first = this.#chance.whole(0, subscribers.length - 1);
    for (let index = 0; index < Math.min(count, subscribers.length); index += 1) {
      const subscriber = subscribers[(first + index) % subscribers.length];
      const { hash, from, nonce } = transaction;
      const request = {
        chain: chain.config.chain,
        ...(raw !== null && this.#chance.happens(0.5) ? { raw } : { hash }),
        ...(this.#chance.happens(0.25) ? { from, nonce } : {}),
        ...(isPrivate && this.#chance.happens(0.5) ? { private: true } : {}),
      };
      this.#follow(chain, subscriber === 'default' ? request : { ...request, subscriber }, hash);
    }
  }

  /** Resolves once everything that was planned is done, and answered. */
  async finish(): Promise<void> {
    for (const followed of this.#followed) await followed.idle;
  }

  /** What was given raw is sent until somebody takes or refuses it (I19). */
  checkSent(listed: readonly Transaction[]): void {
    const given = this.#followed.filter(({ request, isTracked }) => isTracked && request.raw !== undefined);
    const ids = new Set(given.map(({ shown }) => shown?.id));
    for (const { id, hash, status } of listed) {
      if (status !== 'unknown' || !ids.has(id)) continue;
      this.#deps.context.report(`I19 ${id} ${hash} was given raw, and nobody has taken or refused it`);
    }
  }

  list(limit: number): Promise<readonly Transaction[] | null> {
    return listTransactions(this.#api, limit, this.#deps);
  }

  #followRaw(chain: ChainPlan, wallet: number): void {
    const { raw, hash, from } = rawTransaction(chain.chainId, wallet);
    const claim = this.#chance.happens(0.3) ? { from, nonce: 0 } : {};
    const subscriber = this.#chance.pick(this.#deps.context.plan.subscribers);
    this.#follow(chain, { chain: chain.config.chain, raw, subscriber, ...claim }, hash);
  }

  #follow(chain: ChainPlan, wanted: TrackRequest, hash: string): void {
    const { time } = this.#deps.context;
    const plan = followPlan(this.#chance, chain, time.nowMs);
    const delayMs = wanted.raw === undefined ? plan.delayMs : 0;
    const request = { ...wanted, ...trackOptions(this.#chance, time.nowMs + delayMs) };
    const followed = new Followed({ request, hash }, this.#deps);
    this.#followed.push(followed);
    followed.plan(async () => {
      await time.sleep(delayMs);
      await this.#register(followed, plan.manner);
      for (const { deed, delayMs: pauseMs } of plan.deeds) {
        await time.sleep(pauseMs);
        await this.#do(followed, deed);
      }
    });
  }

  #register(followed: Followed, manner: FollowPlan['manner']): Promise<void> {
    switch (manner) {
      case 'single':
        return this.#single.track(followed);
      case 'keyed':
        return this.#single.trackKeyed(followed);
      case 'batch':
        return this.#batch.track(followed);
      case 'socket':
        return this.#socket.track(followed);
      case 'twice at once':
        return this.#single.trackTwiceAtOnce(followed);
    }
  }

  async #do(followed: Followed, deed: Deed): Promise<void> {
    switch (deed) {
      case 'repeat':
        return this.#single.repeat(followed);
      case 'repeat key':
        return this.#single.repeatKey(followed);
      case 'conflict':
        return this.#single.conflict(followed);
      case 'change':
        return this.#single.change(followed);
      case 'refresh':
        return this.#single.refresh(followed);
      case 'read':
        return this.#single.read(followed);
      case 'untrack for good':
        return this.#single.untrack(followed);
      case 'untrack':
        await this.#single.untrack(followed);
        await this.#deps.context.time.sleep(this.#chance.between(0, 20_000));
        return this.#single.track(followed);
    }
  }

  /** What is listed is what was registered and not untracked, as far as that did not change meanwhile (I12). */
  async #list(): Promise<void> {
    const { report } = this.#deps.context;
    const before = this.#followed.filter(({ isTracked }) => isTracked);
    const registrations = before.map((followed) => followed.registrations);
    const listed = await this.list(this.#chance.pick([7, 25, 100]));
    if (listed === null) return;
    const counts = new Map<string, number>();
    for (const { id } of listed) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [index, followed] of before.entries()) {
      const { isTracked, shown } = followed;
      if (!isTracked || shown === null || followed.registrations !== registrations[index]) continue;
      if (counts.get(shown.id) !== 1)
        report(`I12 ${shown.id} is tracked and listed ${counts.get(shown.id) ?? 0} times`);
    }
  }
}
