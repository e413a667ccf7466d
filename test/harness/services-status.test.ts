import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startProcess } from './child-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'txtrail-services-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('npm run services status tells the addresses, where they stand in full, and no password', async () => {
  const kafka = ['127.0.0.1:1', '127.0.0.1:2'];
  const addresses = { kafka, redis: ['127.0.0.1:3'], postgres: 'postgres://txtrail:secret@127.0.0.1:4/txtrail' };
  const file = join(folder, 'services.json');
  writeFileSync(file, JSON.stringify({ ...addresses, processes: [] }));
  const status = startProcess({
    name: 'services status',
    command: process.execPath,
    args: ['scripts/services.mjs', 'status'],
    env: { TXTRAIL_SERVICES_FOLDER: folder },
  });
  expect(await status.exited).toMatchObject({ code: 1 });
  const told = status.lines.map(({ text }) => text);
  expect(told).toContain('postgres: not running');
  expect(told).toContain('Kafka       127.0.0.1:1,127.0.0.1:2');
  expect(told).toContain('Redis       127.0.0.1:3');
  expect(told).toContain('PostgreSQL  postgres://txtrail:…@127.0.0.1:4/txtrail');
  expect(told.join('\n')).toContain(file);
  expect(told.join('\n')).not.toContain('secret');
});
