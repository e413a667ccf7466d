import { once } from 'node:events';
import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type GatewayFixture, startGateway, tenantKey } from '../../test/harness/gateway-fixture.ts';
import { waitUntil } from '../../test/harness/wait-until.ts';

const started: GatewayFixture[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((fixture) => fixture.gateway.drain()));
});

/** A gateway at which one caller's place is looked for until the test lets it go. */
async function looking(path: string) {
  const fixture = await startGateway({ drainTimeoutMs: 60_000 });
  started.push(fixture);
  const held = Promise.withResolvers<void>();
  let looks = 0;
  fixture.events.beforeBounds = () => {
    looks += 1;
    return held.promise;
  };
  const call = request(fixture.url + path, { headers: { authorization: `Bearer ${tenantKey}` } });
  call.on('error', () => undefined);
  call.end();
  await waitUntil(() => looks > 0, { what: 'the look for the start', everyMs: 2 });
  return { ...fixture, call, letGo: held.resolve };
}

/** Everything that waits for nothing from outside has been done. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('while the start of what is read is looked for', () => {
  test('a long poll whose caller leaves does not begin to wait', async () => {
    const { call, letGo, events, logs } = await looking('/v1/events?wait=30');
    call.destroy();
    await waitUntil(() => logs.some(({ message }) => message === 'request answered'), {
      what: 'the caller to be missed',
    });
    letGo();
    await settled();
    expect(events.watchers).toBe(0);
  });

  test.each(['/v1/events?wait=30', '/v1/events/stream'])('a drain ends %s as it would any other', async (path) => {
    const { call, letGo, gateway, events } = await looking(path);
    const answered = once(call, 'response');
    const drained = gateway.drain();
    letGo();
    const [response] = (await answered) as [{ resume(): void; statusCode: number }];
    response.resume();
    expect(response.statusCode).toBe(200);
    await drained;
    expect(events.watchers).toBe(0);
  });
});
