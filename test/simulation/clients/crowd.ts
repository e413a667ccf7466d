import { Chance } from '../chance.ts';
import type { Context } from '../context.ts';
import type { SimulatedChain } from '../world/simulated-chain.ts';
import type { Machine } from '../world/machine.ts';
import type { Sending } from '../world/wallet.ts';
import { Registrar } from './registrar.ts';
import { SocketReader } from './socket-reader.ts';

/** Every client of the run: who registers, who reads, and who misbehaves. */
export class Crowd {
  readonly #context: Context;
  readonly #registrar: Registrar;
  readonly #readers: readonly SocketReader[];
  readonly #chance: Chance;

  constructor(machine: Machine, context: Context) {
    this.#context = context;
    this.#chance = new Chance(context.seed, 'crowd');
    const connect = (latencyMs: number) => machine.connect(latencyMs);
    this.#registrar = new Registrar({ name: 'registrar' }, { connect, context });
    this.#readers = context.plan.subscribers.map(
      (subscriber) => new SocketReader({ name: 'reader', subscriber, latencyMs: 5 }, { connect, context }),
    );
  }

  start(): void {
    for (const reader of this.#readers) reader.connect();
  }

  /** A wallet sent a transaction (to a node, or to nobody): somebody may want to follow it. */
  sent(chain: SimulatedChain, { transaction }: Sending): void {
    const { hash } = transaction;
    const { time, plan } = this.#context;
    const subscriber = this.#chance.pick(plan.subscribers);
    time.after(this.#chance.between(100, 20_000), () => {
      this.#registrar.register({ chain: chain.plan.config.chain, hash, subscriber });
    });
  }
}
