// Read events as a named consumer: node examples/subscribe.mjs [CONSUMER]. Stop it, start it again: it goes on
// where it was, and nothing is lost in between.

import { createClient, isTransactionEvent } from '@txtrail/client';
import { key, url } from './place.mjs';

const [consumer = 'example'] = process.argv.slice(2);
const client = createClient({ url, key });
const subscription = client.subscribe({ consumer, autoAck: false });
subscription.onStateChange(({ state, transport }) => console.error(`${state} (${transport})`));
process.once('SIGINT', () => subscription.close());

for await (const { event, cursor } of subscription) {
  const subject = isTransactionEvent(event) ? event.data.transaction.hash : event.subject;
  console.log(`${event.subscriber} ${event.seq} ${event.type} ${subject}`);
  // Only now is it done with; what is not acknowledged comes again.
  subscription.ack(cursor);
}
