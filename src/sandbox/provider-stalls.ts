import type { Clock, Scheduler, Timer } from '../ports/clock.ts';
import type { ScriptedChainServer } from '../scripted-chain/scripted-chain-server.ts';
import type { ScriptedProvider } from '../scripted-chain/scripted-provider.ts';

export interface ProviderStallsDeps {
  /** Those that may stall. */
  readonly providers: readonly ScriptedProvider[];
  readonly server: Pick<ScriptedChainServer, 'announce'>;
  readonly clock: Clock;
  readonly scheduler: Scheduler;
}

interface Stall {
  readonly untilMs: number;
  readonly end: () => void;
}

/** Providers that answer nothing for a while: requests hang, and sockets tell of no head. */
export class ProviderStalls {
  readonly #deps: ProviderStallsDeps;
  readonly #stalls = new Map<string, Stall>();

  constructor(deps: ProviderStallsDeps) {
    this.#deps = deps;
  }

  /** A new stall takes the place of one that lasts. False: there is no provider of that name. */
  stall(name: string, durationMs: number): boolean {
    const { providers, server, clock, scheduler } = this.#deps;
    const provider = providers.find((candidate) => candidate.name === name);
    if (provider === undefined) return false;
    this.#stalls.get(name)?.end();
    const clears = [provider.fault({ fault: { kind: 'hang' } }), provider.fault({ fault: { kind: 'deaf' } })];
    const timer: Timer = scheduler.after(durationMs, () => {
      this.#stalls.get(name)?.end();
      server.announce(name);
    });
    const end = (): void => {
      timer.cancel();
      for (const clear of clears) clear();
      this.#stalls.delete(name);
    };
    this.#stalls.set(name, { untilMs: clock.now() + durationMs, end });
    return true;
  }

  /** Unix milliseconds; null: it answers. */
  untilMs(name: string): number | null {
    return this.#stalls.get(name)?.untilMs ?? null;
  }

  stop(): void {
    for (const { end } of [...this.#stalls.values()]) end();
  }
}
