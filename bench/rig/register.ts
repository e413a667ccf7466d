import type { BenchTracker } from './tracker.ts';

/** In one request, and requests under way at a time. */
const batchSize = 1_000;
const batchesInFlight = 4;

/** Where registrations go to. */
export type RegistrarAddress = Pick<BenchTracker, 'url' | 'headers'>;

export interface HashToTrack {
  readonly hash: string;
  readonly subscriber: string;
}

/** Tracks all of them by batches. @throws Error when one is refused */
export async function registerAll(
  tracker: RegistrarAddress,
  chain: string,
  entries: readonly HashToTrack[],
): Promise<void> {
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < entries.length) {
      const batch = entries.slice(next, next + batchSize);
      next += batchSize;
      await registerBatch(tracker, chain, batch);
    }
  };
  await Promise.all(Array.from({ length: batchesInFlight }, work));
}

async function registerBatch(tracker: RegistrarAddress, chain: string, batch: readonly HashToTrack[]): Promise<void> {
  const answer = await fetch(`${tracker.url}/v1/transactions/batch`, {
    method: 'POST',
    headers: { ...tracker.headers, 'content-type': 'application/json', prefer: 'return=minimal' },
    body: JSON.stringify({ transactions: batch.map((entry) => ({ chain, ...entry })) }),
  });
  const text = await answer.text();
  if (answer.status !== 200) throw new Error(`a batch was answered with ${answer.status}: ${text}`);
  const { results } = JSON.parse(text) as { readonly results: readonly { readonly id?: string }[] };
  const refused = results.find(({ id }) => id === undefined);
  if (refused !== undefined) throw new Error(`a registration was refused: ${JSON.stringify(refused)}`);
}

export function subscriberName(number: number): string {
  return `user-${String(number).padStart(6, '0')}`;
}
