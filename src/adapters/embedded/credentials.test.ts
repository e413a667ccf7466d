import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import type { Random } from '../../ports/clock.ts';
import { MemoryDisk } from '../memory/memory-disk.ts';
import { keyFileName, openCredentials } from './credentials.ts';
import type { OpenedCredentials } from './credentials.ts';

const random: Random = { bytes: (count) => randomBytes(count), fraction: () => 0.5 };
const none = { apiKey: null, adminKey: null };
const nothingSurvives = { keepsBlock: () => false, keepsDirectoryChange: () => false, blockBytes: 512 };

async function textOf(disk: MemoryDisk): Promise<string> {
  const file = await disk.open(keyFileName);
  return Buffer.from(await file.read(0, await file.size())).toString();
}

async function write(disk: MemoryDisk, text: string): Promise<void> {
  const file = await disk.open(keyFileName, { create: true });
  await file.truncate(0);
  await file.write(0, Buffer.from(text));
  await file.close();
}

test('the first start makes keys and shows them once; they hold after a crash, only as digests on the disk', async () => {
  const disk = new MemoryDisk();
  const first = await openCredentials(none, { disk, random });
  const { apiKey, adminKey } = first.newKeys;
  expect(apiKey).toMatch(/^txt_[A-Za-z0-9_-]{43}$/);
  expect(adminKey).toMatch(/^txa_[A-Za-z0-9_-]{43}$/);
  disk.crash();
  disk.restart(nothingSurvives);
  const second = await openCredentials(none, { disk, random });
  expect(second.newKeys).toEqual(none);
  expect(second.credentials.tenantOf(apiKey!)).toBe('default');
  expect(second.credentials.isAdmin(adminKey!)).toBe(true);
  expect(second.credentials.cursorSecret).toEqual(first.credentials.cursorSecret);
  expect(second.credentials.cursorSecret).toHaveLength(32);
  const text = await textOf(disk);
  expect(text).not.toContain(apiKey);
  expect(text).not.toContain(adminKey);
});

test('a wrong key, the other kind of key and an empty one are nobody’s', async () => {
  const { credentials, newKeys } = await openCredentials(none, { disk: new MemoryDisk(), random });
  for (const key of ['', 'wrong', newKeys.adminKey!, `${newKeys.apiKey} `])
    expect(credentials.tenantOf(key)).toBeNull();
  for (const key of ['', 'wrong', newKeys.apiKey!]) expect(credentials.isAdmin(key)).toBe(false);
});

test('a given key is the only one that is valid while it is given, and is not written down', async () => {
  const disk = new MemoryDisk();
  const made = (await openCredentials(none, { disk, random })).newKeys.apiKey!;
  const given = 'g'.repeat(32);
  const opened = await openCredentials({ apiKey: given, adminKey: null }, { disk, random });
  expect(opened.newKeys).toEqual(none);
  expect([opened.credentials.tenantOf(given), opened.credentials.tenantOf(made)]).toEqual(['default', null]);
  const later = await openCredentials(none, { disk, random });
  expect([later.credentials.tenantOf(given), later.credentials.tenantOf(made)]).toEqual([null, 'default']);
});

test('with given keys from the beginning nothing is made but the secret, which stays', async () => {
  const disk = new MemoryDisk();
  const given = { apiKey: 'g'.repeat(32), adminKey: 'a'.repeat(32) };
  const first = await openCredentials(given, { disk, random });
  expect(first.newKeys).toEqual(none);
  const second = await openCredentials(given, { disk, random });
  expect(second.credentials.cursorSecret).toEqual(first.credentials.cursorSecret);
  expect((await openCredentials(none, { disk, random })).newKeys.apiKey).not.toBeNull();
});

test('a crash at any operation leaves keys that were shown valid, or lets the next start make them (F32)', async () => {
  for (let crashAt = 0; crashAt < 20; crashAt += 1) {
    const disk = new MemoryDisk({
      decideFault: () => (disk.operations > crashAt ? { kind: 'crash', when: 'before' } : null),
    });
    const first: OpenedCredentials | null = await openCredentials(none, { disk, random }).catch(() => null);
    disk.decideFault = () => null;
    disk.restart(nothingSurvives);
    const second = await openCredentials(none, { disk, random });
    const shown = first?.newKeys.apiKey ?? second.newKeys.apiKey;
    expect(second.credentials.tenantOf(shown!)).toBe('default');
  }
});

test.each([
  ['nothing', ''],
  ['words', 'hello'],
  ['another version', '{"version":2}'],
  ['a short secret', '{"version":1,"cursorSecret":"AAAA","apiKeyDigest":null,"adminKeyDigest":null}'],
  [
    'a digest that is none',
    `{"version":1,"cursorSecret":"${Buffer.alloc(32).toString('base64')}","apiKeyDigest":"xyz","adminKeyDigest":null}`,
  ],
  ['too much', 'x'.repeat(70_000)],
])('a file with %s stops the start, and nothing is made over it (F36)', async (_name, text) => {
  const disk = new MemoryDisk();
  await write(disk, text);
  await expect(openCredentials(none, { disk, random })).rejects.toMatchObject({ code: 'key_file_damaged' });
  expect(await textOf(disk)).toBe(text);
});

test('a bit that flipped anywhere in the file is found, and nothing is made anew (simulated seed 23)', async () => {
  const disk = new MemoryDisk();
  await openCredentials(none, { disk, random });
  const whole = Buffer.from(await textOf(disk));
  // The last byte is a line break, which says nothing.
  for (let bit = 0; bit < (whole.length - 1) * 8; bit += 1) {
    const damaged = Buffer.from(whole);
    damaged[bit >> 3] = damaged[bit >> 3]! ^ (1 << (bit & 7));
    await disk.open(keyFileName).then(async (file) => file.write(0, damaged));
    await expect(openCredentials(none, { disk, random }), `bit ${bit}`).rejects.toThrow('is damaged');
    expect(damaged.equals(disk.contents(keyFileName)), `bit ${bit}`).toBe(true);
  }
});

test('a file of before there was a checksum is taken as it is, and gets one', async () => {
  const disk = new MemoryDisk();
  const { credentials } = await openCredentials(none, { disk, random });
  const { checksum, ...before } = JSON.parse(await textOf(disk)) as { readonly checksum: string };
  await write(disk, JSON.stringify(before));
  const again = await openCredentials(none, { disk, random });
  expect(again.credentials.cursorSecret).toEqual(credentials.cursorSecret);
  expect(JSON.parse(await textOf(disk))).toEqual({ ...before, checksum });
});
