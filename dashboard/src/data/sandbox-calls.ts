import type { Problem, SandboxState } from '@txtrail/protocol';

export interface SandboxCallsOptions {
  /** The server's URL without a slash at its end. */
  readonly base: string;
  readonly key: string;
}

/** What a button came to: the sandbox's state after it, or why it was refused. */
export type SandboxOutcome =
  | { readonly outcome: 'done'; readonly state: SandboxState }
  | { readonly outcome: 'refused'; readonly reason: string };

export interface SandboxCalls {
  /** null: this process is no sandbox, or does not answer. */
  state(): Promise<SandboxState | null>;
  reorg(depth: number): Promise<SandboxOutcome>;
  stall(provider: string, seconds: number): Promise<SandboxOutcome>;
  spikeGas(seconds: number): Promise<SandboxOutcome>;
}

/** The routes that only `txtrail sandbox` serves. */
export function createSandboxCalls(
  { base, key }: SandboxCallsOptions,
  { fetch }: { readonly fetch: typeof globalThis.fetch },
): SandboxCalls {
  const headers = { authorization: `Bearer ${key}` };
  const press = async (path: string, body: object): Promise<SandboxOutcome> => {
    const answer = await fetch(`${base}/sandbox${path}`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).catch(() => null);
    if (answer === null) return { outcome: 'refused', reason: 'The server does not answer.' };
    const told: unknown = await answer.json().catch(() => null);
    if (answer.ok) return { outcome: 'done', state: told as SandboxState };
    return { outcome: 'refused', reason: reasonOf(told as Partial<Problem> | null, answer.status) };
  };
  return {
    state: async () => {
      const answer = await fetch(`${base}/sandbox`, { headers }).catch(() => null);
      return answer?.ok === true ? ((await answer.json()) as SandboxState) : null;
    },
    reorg: (depth) => press('/reorg', { depth }),
    stall: (provider, seconds) => press('/stall', { provider, seconds }),
    spikeGas: (seconds) => press('/gas-spike', { seconds }),
  };
}

function reasonOf(problem: Partial<Problem> | null, status: number): string {
  const [mistake] = problem?.errors ?? [];
  return mistake?.message ?? problem?.detail ?? `The server answered ${status}.`;
}
