import type { TrackRequest } from '@txtrail/protocol';
import type { Context } from '../context.ts';
import { apiKey } from '../seed-plan.ts';
import type { LineEnd } from '../world/line.ts';
import { HttpLine } from './http-line.ts';

export interface RegistrarDeps {
  readonly connect: (latencyMs: number) => LineEnd | null;
  readonly context: Context;
}

/** Asked again this much later where no answer came. */
const retryMs = 2_000;
const latencyMs = 5;

/** A service that registers transactions, and asks again until it knows that it was heard. */
export class Registrar {
  readonly #name: string;
  readonly #deps: RegistrarDeps;
  #line: HttpLine | null = null;

  constructor(options: { readonly name: string }, deps: RegistrarDeps) {
    this.#name = options.name;
    this.#deps = deps;
  }

  register(request: TrackRequest): void {
    const { time, report, trace } = this.#deps.context;
    this.#ask(request).then(
      ({ status, text }) => {
        trace.add(time.nowMs, 'api', this.#name, `${status} ${text}`);
        if (status === 201 || status === 200) return;
        if (status >= 500) this.#later(request);
        else report(`a registration was refused: ${status} ${text}`);
      },
      () => this.#later(request),
    );
  }

  #later(request: TrackRequest): void {
    this.#deps.context.time.after(retryMs, () => this.register(request));
  }

  async #ask(request: TrackRequest): ReturnType<HttpLine['ask']> {
    if (this.#line === null || this.#line.isOver) {
      const end = this.#deps.connect(latencyMs);
      if (end === null) throw new Error('nobody listens');
      this.#line = new HttpLine(end);
    }
    return this.#line.ask({
      method: 'POST',
      path: '/v1/transactions',
      headers: { authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(request),
    });
  }
}
