import { expect, test } from 'vitest';
import { TxTrailError } from '../lib/error.ts';
import { createLogger } from './logger.ts';
import { createMetrics } from './metrics.ts';

function lines(
  level: 'debug' | 'info' | 'silent',
  write: (logger: ReturnType<typeof createLogger>) => void,
): readonly object[] {
  const written: object[] = [];
  const stream = { write: (line: string): void => void written.push(JSON.parse(line) as object) };
  write(createLogger({ level }, { stream }));
  return written;
}

test('a log line is JSON with level, time, message and facts, below the level nothing', () => {
  const written = lines('info', (logger) => {
    logger.debug('not this');
    logger.child({ chain: 'eip155:1' }).warn('lagging', { blocks: 3 });
  });
  expect(written).toEqual([
    { level: 'warn', time: expect.stringMatching(/^\d{4}-.*Z$/), chain: 'eip155:1', blocks: 3, message: 'lagging' },
  ]);
  expect(lines('silent', (logger) => logger.error('not this'))).toEqual([]);
});

test('no key of a URL reaches a line, wherever it stands (S19)', () => {
  const secret = 'CANARY';
  const url = `https://user:${secret}@rpc.example/v2/${secret}?k=${secret}`;
  const cause = new Error(`cannot reach ${url}`);
  const written = lines('debug', (logger) => {
    logger.child({ url }).info('plain', { url, list: [url], deep: { deeper: { url } } });
    logger.error('failed', {
      error: new TxTrailError('provider_failed', `no answer of ${url}`, { facts: { url }, cause }),
    });
  });
  expect(JSON.stringify(written)).not.toContain(secret);
  expect(written[1]).toMatchObject({
    error: {
      code: 'provider_failed',
      message: 'no answer of https://rpc.example/…',
      cause: { message: 'cannot reach https://rpc.example/…' },
    },
  });
});

test('an error is told with its stack, unless it passes by itself', () => {
  const written = lines('info', (logger) => {
    logger.warn('away', { error: new TxTrailError('store_unavailable', 'away', { retryable: true }) });
    logger.error('broken', { error: new TxTrailError('log_failed', 'broken') });
  });
  expect(written[0]).toMatchObject({ error: { code: 'store_unavailable', message: 'away' } });
  expect(written[0]).not.toHaveProperty('error.stack');
  expect(written[1]).toHaveProperty('error.stack', expect.stringContaining('observability.test.ts'));
});

test('figures are kept by name and labels, and asking for one again gives the same', async () => {
  const metrics = createMetrics({ withProcess: false });
  const options = { name: 'txtrail_things_total', help: 'Things.', labels: ['kind'] } as const;
  metrics.counter(options).add(2, { kind: 'a' });
  metrics.counter(options).add(undefined, { kind: 'a' });
  metrics.gauge({ name: 'txtrail_level', help: 'Level.' }).set(7);
  metrics.histogram({ name: 'txtrail_seconds', help: 'Seconds.', buckets: [1, 2] }).observe(1.5);
  const text = await metrics.text();
  expect(text).toContain('txtrail_things_total{kind="a"} 3');
  expect(text).toContain('txtrail_level 7');
  expect(text).toContain('txtrail_seconds_bucket{le="2"} 1');
  expect(() => metrics.gauge(options)).toThrow('one kind');
});

test('the figures of the process are there where they are asked for', async () => {
  expect(await createMetrics({ withProcess: true }).text()).toContain('nodejs_eventloop_lag_seconds');
});
