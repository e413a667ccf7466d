import type { ChainConfig } from '../config/config.ts';

/** What each provider of a chain may be asked a second, by its name; null: no limit is given. */
export function rateLimits({ providers }: ChainConfig): Readonly<Record<string, number | null>> {
  return Object.fromEntries(providers.map(({ name, requestsPerSecond }) => [name, requestsPerSecond]));
}
