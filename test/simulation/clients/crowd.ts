import type { Transaction } from '@txtrail/protocol';
import type { Context } from '../context.ts';
import type { SimulatedChain } from '../world/simulated-chain.ts';
import type { Machine } from '../world/machine.ts';
import type { Sending } from '../world/wallet.ts';
import { AnswerCheck } from './answer-check.ts';
import { Bounds } from './bounds.ts';
import { Notes } from './notes.ts';
import { startRogues } from './rogues/cast-rogues.ts';
import { ApiClient } from './api-client.ts';
import { castReaders, type Role } from './casting.ts';
import type { ClientDeps } from './client-deps.ts';
import { Followers } from './followers.ts';
import type { Reading } from './reading.ts';
import { SocketReader } from './socket-reader.ts';

/** Acknowledgements that a socket sent are durable by then, milliseconds. */
const acknowledgedMs = 3_000;

/** Every client of the run: who registers, who reads, and who misbehaves. */
export class Crowd {
  readonly #deps: ClientDeps;
  readonly #followers: Followers;
  readonly #roles: readonly Role[];
  readonly #inspector: ApiClient;
  /** As the server counts them. */
  readonly #openSockets: () => number;

  constructor(machine: Machine, context: Context) {
    const check = new AnswerCheck();
    const bounds = new Bounds(context);
    this.#deps = {
      context,
      connect: (latencyMs) => {
        const line = machine.connect(latencyMs);
        if (line !== null) bounds.watch(line);
        return line;
      },
      lives: () => machine.lives,
      check,
      bounds,
      notes: new Notes(),
      acknowledgedSeqs: new Map(),
    };
    this.#openSockets = () => machine.metrics.get('txtrail_websocket_connections') ?? 0;
    this.#followers = new Followers(this.#deps);
    this.#roles = castReaders(this.#deps);
    this.#inspector = new ApiClient({ name: 'inspector', latencyMs: 2 }, this.#deps);
  }

  /** Names of the readers that must have everything that was for them once `settle` has resolved. */
  get upToDate(): readonly string[] {
    return this.#readings.map(({ options }) => options.name);
  }

  start(): void {
    const { time } = this.#deps.context;
    this.#followers.start();
    startRogues(this.#deps);
    for (const { reader, fromMs } of this.#roles) time.after(fromMs, () => reader.start());
  }

  /** A wallet sent a transaction (to a node, or to nobody): somebody may want to follow it. */
  sent(chain: SimulatedChain, sending: Sending): void {
    this.#followers.sent(chain.plan, sending);
  }

  /**
   * The chains stand still: everybody gets the answers that are due, reads what there is and
   * acknowledges it. Resolves with all that is tracked, as the list shows it.
   */
  async settle(): Promise<readonly Transaction[]> {
    await this.#followers.finish();
    await Promise.all(this.#roles.map(({ reader }) => reader.finish()));
    await this.#deps.context.time.sleep(acknowledgedMs);
    for (const reading of this.#readings) if (reading.hasAcknowledged) await this.#checkAcknowledged(reading);
    this.#checkSockets();
    const listed = (await this.listAll()) ?? [];
    this.#followers.checkSent(listed);
    return listed;
  }

  /** All that is tracked, over HTTP; null: it could not be had, which was reported. */
  listAll(): Promise<readonly Transaction[] | null> {
    return this.#followers.list(500);
  }

  get #readings(): readonly Reading[] {
    return this.#roles.flatMap(({ reader }) => reader.readings);
  }

  /** The server keeps the sockets of those who are there, and no more: who went without a word was found out (I17). */
  #checkSockets(): void {
    const kept = this.#openSockets();
    const ours = this.#roles.filter(({ reader }) => reader instanceof SocketReader && reader.isOpen).length;
    if (kept !== ours) this.#deps.context.report(`I17 the server keeps ${kept} sockets, and ${ours} are open`);
  }

  /** Everything was acknowledged, so nothing is left for its consumer (I03, I15). */
  async #checkAcknowledged({ scope, options }: Reading): Promise<void> {
    if (options.filter !== null) return;
    const query = new URLSearchParams({ ...scope, from: 'ack', limit: '1' });
    const path = `/v1/events?${query.toString()}`;
    const { text } = await this.#inspector.askUntilAnswered({ method: 'GET', path });
    const { events, hasMore } = JSON.parse(text) as { readonly events: readonly unknown[]; readonly hasMore: boolean };
    if (events.length === 0 && !hasMore) return;
    this.#deps.context.report(`I03 ${options.name} acknowledged all it got, and there is more: ${text}`);
  }
}
