import type { ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';
import type { Delivered, Reading } from './reading.ts';

/** Acknowledges over HTTP until the server says that it is durable. */
export async function acknowledgeByCall(
  reading: Reading,
  delivered: Delivered,
  api: ApiClient,
  { context }: ClientDeps,
): Promise<void> {
  if (reading.isBeginning) return;
  reading.acknowledging(delivered);
  const body = JSON.stringify({ ...reading.scope, cursor: delivered.cursor });
  const { status, text } = await api.askUntilAnswered({ method: 'POST', path: '/v1/events/ack', body });
  if (status === 204) return reading.acknowledged(delivered);
  context.report(`I15 ${reading.options.name} may not acknowledge what it got: ${status} ${text}`);
}
