import type { Transaction } from '@txtrail/protocol';
import type { ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';

interface Page {
  readonly data: readonly Transaction[];
  readonly nextCursor: string | null;
}

/** Reads the whole list of transactions by pages; null: a page could not be had. */
export async function listTransactions(
  api: ApiClient,
  limit: number,
  { context }: ClientDeps,
): Promise<readonly Transaction[] | null> {
  const found: Transaction[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? '' : `&cursor=${cursor}`;
    const answer = await api.askUntilAnswered({ method: 'GET', path: `/v1/transactions?limit=${limit}${query}` });
    if (answer.status !== 200) {
      context.report(`the list of transactions is answered ${answer.status} ${answer.text}`);
      return null;
    }
    const page = JSON.parse(answer.text) as Page;
    if (page.data.length > limit) context.report(`a page of ${limit} has ${page.data.length} transactions`);
    found.push(...page.data);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return found;
}
