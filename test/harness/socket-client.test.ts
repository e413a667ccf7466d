import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startGateway, tenantKey, type GatewayFixture } from './gateway-fixture.ts';
import { HttpClient } from './http-client.ts';
import { SocketClient } from './socket-client.ts';
import { waitUntil } from './wait-until.ts';

describe('the clients that end-to-end tests use, against a gateway over memory', () => {
  let fixture: GatewayFixture;
  let tracker: { readonly url: string; readonly apiKey: string };

  beforeEach(async () => {
    fixture = await startGateway();
    tracker = { url: fixture.url, apiKey: tenantKey };
  });
  afterEach(() => fixture.gateway.drain());

  it('keep the very bytes of each event, and come back for what was not acknowledged', async () => {
    const written = [fixture.events.add(), fixture.events.add(), fixture.events.add()];
    const first = new SocketClient(tracker, { acknowledge: false });
    expect((await first.connect()).type).toBe('subscribed');
    await waitUntil(() => first.deliveries.length === 3, { what: 'three events' });
    expect(first.deliveries.map(({ text }) => text)).toEqual(written);
    first.acknowledge(String(first.deliveries[0]?.cursor));
    await waitUntil(() => fixture.events.acknowledgements === 1, { what: 'the acknowledgement' });
    first.cut();
    const second = new SocketClient(tracker);
    await second.connect();
    await waitUntil(() => second.deliveries.length === 2, { what: 'the other two' });
    expect(second.deliveries.map(({ text }) => text)).toEqual(written.slice(1));
    await second.close();
    expect(second.connected).toBe(false);
  });

  it('read every page of events', async () => {
    for (let event = 0; event < 501; event += 1) fixture.events.add();
    const events = await new HttpClient(tracker).allEvents({ subscriber: 'default' });
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: 501 }, (_, index) => index + 1));
  });

  it('say why a connection was refused', async () => {
    const client = new SocketClient({ url: tracker.url, apiKey: 'nobody-has-this-key-0123456789-012345' });
    await expect(client.connect()).rejects.toThrow(/401|4500/);
  });
});
