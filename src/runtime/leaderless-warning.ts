import type { WatchReport } from '../ports/chain-output.ts';

interface WatchedChain extends Pick<WatchReport, 'providers'> {
  readonly chain: string;
}

/** Registrations are taken without a provider, but nothing becomes of them until one leads. */
export function leaderlessWarning({ chain, providers }: WatchedChain): readonly string[] {
  if (providers.some(({ state }) => state === 'leading')) return [];
  // A watcher in another process tells, by way of Redis.
  if (providers.length === 0) return [`${chain}: nobody tells how its providers do`];
  const states = providers.map(
    ({ name, state, reason }) => `${name} is ${state}${reason === null ? '' : ` (${reason})`}`,
  );
  return [`${chain}: no provider leads: ${states.join(', ')}`];
}
