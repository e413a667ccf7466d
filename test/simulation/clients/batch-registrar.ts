import type { Problem, Transaction } from '@txtrail/protocol';
import type { Chance } from '../chance.ts';
import type { ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';
import type { Followed } from './followed.ts';

export interface BatchRegistrarDeps extends ClientDeps {
  readonly api: ApiClient;
  readonly chance: Chance;
}

interface Waiting {
  readonly followed: Followed;
  readonly done: () => void;
}

type Result = { readonly transaction: Transaction } | { readonly id: string } | { readonly error: Problem };

/** Entries that no batch may take, and the code that each must give. */
const badEntries = [
  { entry: { chain: 'eip155:31337', hash: '0x12' }, code: 'invalid_request' },
  { entry: { chain: 'nowhere', hash: `0x${'ab'.repeat(32)}` }, code: 'unknown_chain' },
  { entry: { chain: 'eip155:31337' }, code: 'invalid_request' },
  {
    entry: { chain: 'eip155:31337', hash: `0x${'cd'.repeat(32)}`, confirmations: 2, thresholds: [3] },
    code: 'invalid_request',
  },
  { entry: { chain: 'eip155:31337', raw: '0x02c0' }, code: 'invalid_raw_transaction' },
  { entry: 17, code: 'invalid_request' },
] as const;

/** Collects registrations for a while and makes them by one call, with mistakes among them. */
export class BatchRegistrar {
  readonly #deps: BatchRegistrarDeps;
  #waiting: Waiting[] = [];

  constructor(deps: BatchRegistrarDeps) {
    this.#deps = deps;
  }

  /** Resolves once it is registered. */
  track(followed: Followed): Promise<void> {
    const { chance, context } = this.#deps;
    followed.asking();
    return new Promise((resolve) => {
      this.#waiting.push({ followed, done: resolve });
      if (this.#waiting.length === 1) context.time.after(chance.between(500, 12_000), () => void this.#flush());
    });
  }

  async #flush(): Promise<void> {
    const { api, chance, context } = this.#deps;
    const waiting = this.#waiting;
    this.#waiting = [];
    const entries: { readonly entry: unknown; readonly about: Waiting | string }[] = [];
    for (const about of waiting) {
      if (chance.happens(0.25)) {
        const { entry, code } = chance.pick(badEntries);
        entries.push({ entry, about: code });
      }
      entries.push({ entry: about.followed.request, about });
    }
    const body = JSON.stringify({ transactions: entries.map(({ entry }) => entry) });
    const headers = chance.happens(0.2) ? { prefer: 'return=minimal' } : {};
    const answer = await api.askUntilAnswered({ method: 'POST', path: '/v1/transactions/batch', headers, body });
    if (answer.status !== 200) return context.report(`a batch was refused: ${answer.status} ${answer.text}`);
    const { results } = JSON.parse(answer.text) as { readonly results: readonly Result[] };
    if (results.length !== entries.length) context.report(`${entries.length} entries got ${results.length} results`);
    for (const [index, { about }] of entries.entries()) {
      const result = results[index];
      if (typeof about === 'string') this.#expect(about, result);
      else await this.#registered(about, result);
    }
  }

  #expect(code: string, result: Result | undefined): void {
    if (result !== undefined && 'error' in result && result.error.code === code) {
      return this.#deps.context.reach('a bad entry in a batch');
    }
    this.#deps.context.report(`a bad entry should give ${code}, and gave ${JSON.stringify(result)}`);
  }

  async #registered({ followed, done }: Waiting, result: Result | undefined): Promise<void> {
    const { api, context } = this.#deps;
    if (result !== undefined && 'transaction' in result) followed.registered(result.transaction);
    else if (result !== undefined && 'id' in result) {
      const answer = await api.askUntilAnswered({ method: 'GET', path: `/v1/transactions/${result.id}` });
      if (answer.status === 200) followed.registered(JSON.parse(answer.text) as Transaction);
      else context.report(`I15 ${result.id} was registered in a batch and is answered ${answer.status}`);
    } else context.report(`${JSON.stringify(followed.request)} in a batch gave ${JSON.stringify(result)}`);
    done();
  }
}
