import type { SubscriberToken } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { caseRigs } from '../harness/case-rigs.ts';
import { StreamClient } from '../harness/stream-client.ts';
import { waitUntil } from '../harness/wait-until.ts';

const start = caseRigs();

test("a stream by a subscriber's token tells what a socket tells, in the same bytes, through a crash", async () => {
  const rig = await start();
  const { body } = await rig.http.request<SubscriberToken>('POST', '/v1/tokens', { subscriber: 'default' });
  // The address changes with the crash, the token does not.
  const stream = new StreamClient({
    get url() {
      return rig.url;
    },
    apiKey: body.token,
  });
  await rig.mine(2);
  await stream.connect();
  const payment = await rig.pending();
  await rig.mine(3);
  await rig.saw('confirmation', 1, payment.hash);
  await waitUntil(() => stream.deliveries.length >= 3, { what: 'the stream before the crash', everyMs: 5 });
  await rig.crash();
  await waitUntil(() => !stream.connected, { what: 'the end of the stream', everyMs: 5 });
  await stream.connect();
  await rig.mine(2);
  await rig.saw('confirmed', 1, payment.hash);
  const events = rig.events;
  await waitUntil(() => stream.deliveries.length >= events.length, { what: 'the stream after it', everyMs: 5 });
  stream.close();
  expect(stream.connections).toBe(2);
  // Nothing is missing and nothing comes twice: the last id says exactly where to go on.
  expect(stream.deliveries.map(({ event }) => event.seq)).toEqual(events.map((_, index) => index + 1));
  expect(stream.deliveries.map(({ event }) => event)).toEqual(events);
  const bytes = new Map(rig.socket.deliveries.map(({ event, text }) => [event.id, text]));
  for (const { event, text } of stream.deliveries) expect(bytes.get(event.id)).toContain(text);
});
