import { createClient } from '@redis/client';
import type { Scheduler } from '../../ports/clock.ts';
import type { RedisAccess } from './redis-access.ts';
import { unavailable, within } from './within.ts';

export interface RedisLinkOptions {
  /** `host:port`. */
  readonly address: string;
  readonly access: RedisAccess;
  readonly timeoutMs: number;
}

/** More commands than this wait for one node only where it does not answer; the next fail at once. */
const waitingCommandsLimit = 10_000;

/**
 * One connection to one node. It ends with the first fault, also when an answer is late, and never
 * mends itself: whoever needs the node again opens another.
 */
export class RedisLink {
  readonly address: string;
  readonly #client: ReturnType<typeof newClient>;
  readonly #timeoutMs: number;
  readonly #scheduler: Scheduler;
  readonly #ended = Promise.withResolvers<void>();
  readonly #lost = new Map<string, () => void>();
  #isOpen = true;

  private constructor(client: ReturnType<typeof newClient>, options: RedisLinkOptions, scheduler: Scheduler) {
    this.#client = client;
    this.address = options.address;
    this.#timeoutMs = options.timeoutMs;
    this.#scheduler = scheduler;
    client.on('error', () => this.close());
    client.on('end', () => this.close());
    client.on('sharded-channel-moved', (channel: string) => this.#lose(channel));
  }

  /** @throws TxTrailError `store_unavailable` */
  static async open(options: RedisLinkOptions, scheduler: Scheduler): Promise<RedisLink> {
    const client = newClient(options);
    const link = new RedisLink(client, options, scheduler);
    try {
      await within(client.connect(), options.timeoutMs, scheduler, `connecting to ${options.address}`);
      return link;
    } catch (error) {
      link.close();
      throw unavailable(`${options.address} does not take a connection (${(error as Error).message})`, error);
    }
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Resolves when the connection is no more. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The node's own refusals are thrown as they are. @throws TxTrailError `store_unavailable` */
  async send(...commands: readonly (readonly string[])[]): Promise<unknown> {
    // In one turn, so that nothing gets in between them.
    const answers = commands.map((command) => this.#client.sendCommand([...command]));
    return (await this.#inTime(Promise.all(answers))).at(-1);
  }

  /** `onLost` is called once when the node does not send the channel's messages any more. */
  async subscribe(channel: string, listener: (message: string) => void, onLost: () => void): Promise<void> {
    this.#lost.set(channel, onLost);
    try {
      await this.#inTime(this.#client.sSubscribe(channel, listener));
    } catch (error) {
      this.#lost.delete(channel);
      throw error;
    }
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#lost.delete(channel);
    await this.#inTime(this.#client.sUnsubscribe(channel));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#client.destroy();
    this.#ended.resolve();
    for (const channel of [...this.#lost.keys()]) this.#lose(channel);
  }

  #lose(channel: string): void {
    const onLost = this.#lost.get(channel);
    this.#lost.delete(channel);
    onLost?.();
  }

  async #inTime<Value>(work: Promise<Value>): Promise<Value> {
    try {
      return await within(work, this.#timeoutMs, this.#scheduler, this.address);
    } catch (error) {
      if (isRefusal(error)) throw error;
      // Answers come in order: after one that is late, none that is asked for now can be in time.
      this.close();
      throw unavailable(`the connection to ${this.address} broke`, error);
    }
  }
}

/** The node answered, and said no: `MOVED 1234 host:port`, `CLUSTERDOWN …` and the like. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && /^[A-Z]+(?: |$)/.test(error.message);
}

function newClient({ address, access, timeoutMs }: RedisLinkOptions) {
  const [host, port] = [
    address.slice(0, address.lastIndexOf(':')),
    Number(address.slice(address.lastIndexOf(':') + 1)),
  ];
  const socket = { host, port, connectTimeout: timeoutMs, reconnectStrategy: false as const };
  return createClient({
    RESP: 3,
    ...(access.username === null ? {} : { username: access.username }),
    ...(access.password === null ? {} : { password: access.password }),
    socket: access.tls ? { ...socket, tls: true } : socket,
    disableOfflineQueue: true,
    commandsQueueMaxLength: waitingCommandsLimit,
    maintNotifications: 'disabled',
    disableClientInfo: true,
  });
}
