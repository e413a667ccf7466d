import type {
  HttpOrigin,
  HttpPost,
  HttpReply,
  Network,
  OutgoingSocket,
  SocketEvents,
  SocketOptions,
} from '../../../src/ports/network.ts';
import { exchange, type Exchange } from '../../../src/scripted-chain/exchange.ts';
import type { ChainChange } from '../../../src/scripted-chain/scripted-chain.ts';
import type { ScriptedProvider } from '../../../src/scripted-chain/scripted-provider.ts';
import { ScriptedSession } from '../../../src/scripted-chain/scripted-session.ts';
import type { ProcessTime, SimulatedTime } from '../time/simulated-time.ts';
import type { Trace } from '../trace.ts';

/** One provider of a chain as the network shows it. */
export interface SimulatedHost {
  /** As in its URLs: `http://NAME` and `ws://NAME`. */
  readonly name: string;
  readonly provider: ScriptedProvider;
  /** One way, milliseconds; may follow from what is sent. */
  readonly latencyMs: (about: string) => number;
  /** False: nothing can be connected. */
  readonly isUp: () => boolean;
}

/** A longer answer is refused, as the real network refuses one of 64 MiB: far more than these blocks need. */
export const simulatedResponseMaxCharacters = 256 * 1024;

/** What the providers look like from the machine: hosts by name, with their delays and their faults. */
export class SimulatedNetwork {
  readonly #time: SimulatedTime;
  readonly #trace: Trace;
  readonly #hosts: ReadonlyMap<string, SimulatedHost>;
  readonly #open = new Set<Wire>();
  #sessions = 0;

  constructor(hosts: readonly SimulatedHost[], deps: { readonly time: SimulatedTime; readonly trace: Trace }) {
    this.#time = deps.time;
    this.#trace = deps.trace;
    this.#hosts = new Map(hosts.map((host) => [host.name, host]));
  }

  /** What one process reaches; `end` it with the process. */
  reach(life: ProcessTime): Network & { end(): void } {
    const mine = new Set<Wire>();
    return {
      origin: (origin) => this.#origin(hostOf(origin), life),
      openSocket: (url, options, events) => {
        const wire = this.#openSocket(hostOf(url), options, events, life);
        mine.add(wire);
        return wire;
      },
      end: () => {
        for (const wire of mine) wire.terminate();
      },
    };
  }

  /** Tells who has subscribed of a change of the chain, or (null) of what its provider shows. */
  push(provider: ScriptedProvider, change: ChainChange | null): void {
    for (const push of provider.pushes(change, this.#time.nowMs)) {
      for (const wire of this.#open) if (wire.host.provider === provider) wire.notify(push);
    }
  }

  /** Ends the provider's sockets. */
  dropSockets(name: string): void {
    for (const wire of [...this.#open]) if (wire.host.name === name) wire.lose(1006);
  }

  /** The provider forgets what its sockets subscribed to: they answer, and tell nothing until they are made anew (H20). */
  deafenSockets(name: string): void {
    for (const wire of this.#open) if (wire.host.name === name) wire.isDeaf = true;
  }

  /** The provider's sockets stay open, and nothing passes any more (F14). */
  muteSockets(name: string): void {
    for (const wire of this.#open) if (wire.host.name === name) wire.isMute = true;
  }

  #origin(name: string, life: ProcessTime): HttpOrigin {
    const waiting = new Set<(error: Error) => void>();
    return {
      post: (request) => this.#post(name, request, life, waiting),
      close: async () => {
        for (const fail of [...waiting]) fail(failure('UND_ERR_DESTROYED'));
      },
    };
  }

  /** @param waiting the ways to fail what is under way */
  #post(name: string, request: HttpPost, life: ProcessTime, waiting: Set<(error: Error) => void>): Promise<HttpReply> {
    return new Promise<HttpReply>((give, fail) => {
      const settle = (): void => {
        waiting.delete(reject);
        request.signal.removeEventListener('abort', onAbort);
      };
      const reject = (error: Error): void => {
        settle();
        fail(error);
      };
      const onAbort = (): void => reject(failure('ABORT_ERR'));
      waiting.add(reject);
      request.signal.addEventListener('abort', onAbort, { once: true });
      const resolve = (reply: HttpReply): void => {
        settle();
        give(reply);
      };
      this.#carry(name, request.body, life, { resolve, reject });
    });
  }

  #carry(
    name: string,
    body: string,
    life: ProcessTime,
    { resolve, reject }: { readonly resolve: (reply: HttpReply) => void; readonly reject: (error: Error) => void },
  ): void {
    const later = (delayMs: number, task: () => void): void => {
      this.#time.after(delayMs, () => life.reach(task));
    };
    const host = this.#hosts.get(name);
    if (host === undefined || !host.isUp()) {
      this.#trace.add(this.#time.nowMs, 'unreachable', name, body);
      return later(1, () => reject(failure('ECONNREFUSED')));
    }
    const latencyMs = host.latencyMs(body);
    later(latencyMs, () => {
      const answer = exchange(host.provider, body, this.#time.nowMs);
      this.#trace.rpc(this.#time.nowMs, name, body, answer);
      if (answer.manner === 'hang') return;
      later(latencyMs + answer.delayMs + dripMs(answer), () => {
        if (answer.manner === 'drop') return reject(failure('UND_ERR_SOCKET'));
        if (isTooLarge(answer)) return reject(failure('response_too_large'));
        resolve(replyOf(answer));
      });
    });
  }

  #openSocket(name: string, _options: SocketOptions, events: SocketEvents, life: ProcessTime): Wire {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`no host ${name}`);
    this.#sessions += 1;
    const session = new ScriptedSession({ name: `${name}/${this.#sessions}` }, { provider: host.provider });
    const wire = new Wire({ host, session, events }, { time: this.#time, trace: this.#trace, life, open: this.#open });
    wire.connect();
    return wire;
  }
}

interface WireParts {
  readonly host: SimulatedHost;
  readonly session: ScriptedSession;
  readonly events: SocketEvents;
}

interface WireDeps {
  readonly time: SimulatedTime;
  readonly trace: Trace;
  readonly life: ProcessTime;
  readonly open: Set<Wire>;
}

/** A WebSocket to a provider: messages take their time and keep their order. */
class Wire implements OutgoingSocket {
  readonly host: SimulatedHost;
  isOpen = false;
  isMute = false;
  isDeaf = false;
  readonly #parts: WireParts;
  readonly #deps: WireDeps;
  #isOver = false;
  #sentUntilMs = 0;
  #heardUntilMs = 0;

  constructor(parts: WireParts, deps: WireDeps) {
    this.host = parts.host;
    this.#parts = parts;
    this.#deps = deps;
  }

  connect(): void {
    this.#at(this.#deps.time.nowMs + 2 * this.host.latencyMs('connect'), () => {
      if (!this.host.isUp()) {
        this.#isOver = true;
        this.#parts.events.onError(failure('ECONNREFUSED'));
        return this.#parts.events.onClose(1006);
      }
      this.isOpen = true;
      this.#deps.open.add(this);
      this.#parts.events.onOpen();
    });
  }

  send(text: string): void {
    this.#there(text, () => {
      const { time, trace } = this.#deps;
      const answer = this.#parts.session.receive(text, time.nowMs);
      trace.rpc(time.nowMs, this.host.name, text, answer);
      if (answer.manner === 'hang') return;
      if (answer.manner === 'drop') return this.lose(1006);
      if (answer.body !== null)
        this.#back(answer.body, answer.delayMs + dripMs(answer), () => this.#hear(answer.body ?? ''));
    });
  }

  ping(): void {
    this.#there('ping', () => this.#back('pong', 0, () => this.#parts.events.onPong()));
  }

  terminate(): void {
    this.#isOver = true;
    this.isOpen = false;
    this.#deps.open.delete(this);
  }

  lose(code: number): void {
    if (this.#isOver) return;
    this.terminate();
    this.#deps.life.reach(() => this.#parts.events.onClose(code));
  }

  notify(push: Parameters<ScriptedSession['notifications']>[0]): void {
    if (this.isDeaf) return;
    for (const body of this.#parts.session.notifications(push)) {
      this.#back(body, push.delayMs, () => {
        this.#deps.trace.push(this.#deps.time.nowMs, this.host.name, body);
        this.#hear(body);
      });
    }
  }

  #hear(body: string): void {
    this.#parts.events.onMessage(body);
  }

  #there(about: string, task: () => void): void {
    const { time } = this.#deps;
    this.#sentUntilMs = Math.max(this.#sentUntilMs, time.nowMs + this.host.latencyMs(about));
    this.#at(this.#sentUntilMs, task);
  }

  /** A late answer does not hold back what comes after it; what is not late keeps its order. */
  #back(about: string, delayMs: number, task: () => void): void {
    const { time } = this.#deps;
    const atMs = time.nowMs + this.host.latencyMs(about) + delayMs;
    if (delayMs === 0) this.#heardUntilMs = Math.max(this.#heardUntilMs, atMs);
    this.#at(delayMs === 0 ? this.#heardUntilMs : atMs, task);
  }

  #at(atMs: number, task: () => void): void {
    const { time, life } = this.#deps;
    time.after(atMs - time.nowMs, () => {
      life.reach(() => {
        if (!this.#isOver && !this.isMute) task();
      });
    });
  }
}

function isTooLarge({ body }: Exchange): boolean {
  return (body?.length ?? 0) > simulatedResponseMaxCharacters;
}

function dripMs(answer: Exchange): number {
  return answer.manner === 'drip' ? (answer.body?.length ?? 0) * answer.byteDelayMs : 0;
}

function replyOf(answer: Exchange): HttpReply {
  return {
    status: answer.status,
    headers: answer.headers,
    text: async () => answer.body ?? '',
    discard: () => undefined,
  };
}

function failure(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function hostOf(url: string): string {
  return new URL(url).hostname;
}
