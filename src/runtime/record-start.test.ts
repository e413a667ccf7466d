import { expect, test } from 'vitest';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { MemoryAuditTrail } from '../adapters/memory/memory-audit-trail.ts';
import { type Config, roles } from '../config/config.ts';
import { recordStart } from './record-start.ts';

const secret = 'canary-0123456789-0123456789-0123456789';
const config: Config = {
  mode: 'embedded',
  roles,
  distributed: null,
  dataDir: './data',
  historyDays: 90,
  server: { host: '127.0.0.1', port: 1, allowedOrigins: [] },
  admin: { host: '127.0.0.1', port: 2 },
  chains: [],
  apiKey: secret,
  adminKey: null,
  logLevel: 'info',
};

async function entriesOf(given: Partial<Config>, newKeys: { apiKey: string | null; adminKey: string | null }) {
  const audit = new MemoryAuditTrail({ clock: manualClock() });
  await recordStart(audit, { config: { ...config, ...given }, version: '1.2.3', newKeys });
  return (await audit.page(0, 10)).entries;
}

test('S25: keys that were made, and each start with its version, without a key in it', async () => {
  const entries = await entriesOf({}, { apiKey: secret, adminKey: secret });
  expect(entries.map(({ action, subject, tenant }) => [action, subject, tenant])).toEqual([
    ['key.made', 'api key', 'default'],
    ['key.made', 'admin key', null],
    ['node.started', './data', null],
  ]);
  expect(entries[2]?.facts).toMatchObject({ version: '1.2.3', mode: 'embedded' });
  expect(JSON.stringify(entries)).not.toContain('canary');
  expect(await entriesOf({}, { apiKey: null, adminKey: null })).toHaveLength(1);
});

test('another configuration shows, another key of the same kind does not', async () => {
  const none = { apiKey: null, adminKey: null };
  const digestOf = async (given: Partial<Config>) => (await entriesOf(given, none))[0]?.facts['configuration'];
  const digest = await digestOf({});
  expect(await digestOf({ apiKey: `${secret} another` })).toBe(digest);
  expect(await digestOf({ apiKey: null })).not.toBe(digest);
  expect(await digestOf({ logLevel: 'debug' })).not.toBe(digest);
});
