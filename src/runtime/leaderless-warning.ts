import type { ChainReport } from '../ports/tracker-service.ts';

/** Registrations are taken without a provider, but nothing becomes of them until one leads. */
export function leaderlessWarning({ chain, providers }: ChainReport): readonly string[] {
  if (providers.some(({ state }) => state === 'leading')) return [];
  // A watcher in another process tells, by way of Redis.
  if (providers.length === 0) return [`${chain}: nobody tells how its providers do`];
  const states = providers.map(
    ({ name, state, reason }) => `${name} is ${state}${reason === null ? '' : ` (${reason})`}`,
  );
  return [`${chain}: no provider leads: ${states.join(', ')}`];
}
