import { hash, timingSafeEqual } from 'node:crypto';
import { digestOfKey, makeKey } from '../../lib/api-key.ts';
import { TxTrailError } from '../../lib/error.ts';
import type { Random } from '../../ports/clock.ts';
import type { Credentials, NewKeys } from '../../ports/credentials.ts';
import type { Disk } from '../../ports/disk.ts';

export interface CredentialsOptions {
  /** Given keys; null: the one made at the first start. */
  readonly apiKey: string | null;
  readonly adminKey: string | null;
}

export interface OpenedCredentials {
  readonly credentials: Credentials;
  /** Keys made by this call, to be shown once: only their digests are kept. */
  readonly newKeys: NewKeys;
}

export const keyFileName = 'keys.json';

/** The one tenant of an embedded node. */
const tenant = 'default';
/** The file is a few hundred bytes; a bigger one is not ours. */
const longestFile = 65_536;

/** What `keys.json` holds. Digests are SHA-256: the keys are random, so nothing slower is needed. */
interface KeyFile {
  readonly version: 1;
  /** SHA-256 of all other members, hex; absent in files of before there was one. */
  readonly checksum?: string;
  readonly cursorSecret: string;
  readonly apiKeyDigest: string | null;
  readonly adminKeyDigest: string | null;
}

/**
 * Opens the keys kept with the data, making what is missing. A given key is the only one that is
 * valid while it is given, and is not written down; a made one is durable before it is returned.
 *
 * @throws TxTrailError `key_file_damaged` where the file is not one of ours: nothing is guessed, and
 *   nothing is made anew over it, since that would cut every client off.
 */
export async function openCredentials(
  options: CredentialsOptions,
  deps: { readonly disk: Disk; readonly random: Random },
): Promise<OpenedCredentials> {
  const kept = await readKeyFile(deps.disk);
  const newKeys = {
    apiKey: options.apiKey === null && (kept?.apiKeyDigest ?? null) === null ? makeKey('txt_', deps.random) : null,
    adminKey:
      options.adminKey === null && (kept?.adminKeyDigest ?? null) === null ? makeKey('txa_', deps.random) : null,
  };
  const file: KeyFile = {
    version: 1,
    cursorSecret: kept?.cursorSecret ?? Buffer.from(deps.random.bytes(32)).toString('base64'),
    apiKeyDigest: newKeys.apiKey === null ? (kept?.apiKeyDigest ?? null) : digestOfKey(newKeys.apiKey).toString('hex'),
    adminKeyDigest:
      newKeys.adminKey === null ? (kept?.adminKeyDigest ?? null) : digestOfKey(newKeys.adminKey).toString('hex'),
  };
  if (kept?.checksum === undefined || newKeys.apiKey !== null || newKeys.adminKey !== null)
    await writeKeyFile(deps.disk, file);
  const apiDigest = options.apiKey === null ? fromHex(file.apiKeyDigest) : digestOfKey(options.apiKey);
  const adminDigest = options.adminKey === null ? fromHex(file.adminKeyDigest) : digestOfKey(options.adminKey);
  return {
    credentials: {
      tenantOf: (key) => (timingSafeEqual(digestOfKey(key), apiDigest) ? tenant : null),
      isAdmin: (key) => timingSafeEqual(digestOfKey(key), adminDigest),
      cursorSecret: Buffer.from(file.cursorSecret, 'base64'),
    },
    newKeys,
  };
}

function fromHex(digest: string | null): Buffer {
  // Not reached with null: a key that is neither given nor kept was just made.
  return Buffer.from(digest ?? '00'.repeat(32), 'hex');
}

async function readKeyFile(disk: Disk): Promise<KeyFile | null> {
  if (!(await disk.list()).includes(keyFileName)) return null;
  const file = await disk.open(keyFileName);
  try {
    const size = await file.size();
    const text = size > longestFile ? '' : Buffer.from(await file.read(0, size)).toString('utf8');
    const found = parseKeyFile(text);
    if (found === null) {
      const message = `${keyFileName} in the data directory is damaged; put back a copy, or remove it to make new keys (cursors and tokens given so far then end)`;
      throw new TxTrailError('key_file_damaged', message);
    }
    return found;
  } finally {
    await file.close();
  }
}

function parseKeyFile(text: string): KeyFile | null {
  try {
    const value = JSON.parse(text) as KeyFile;
    const isDigest = (digest: unknown): boolean => digest === null || /^[0-9a-f]{64}$/.test(String(digest));
    const isWhole =
      value.version === 1 &&
      Buffer.from(String(value.cursorSecret), 'base64').length === 32 &&
      isDigest(value.apiKeyDigest) &&
      isDigest(value.adminKeyDigest) &&
      hasItsChecksum(value);
    return isWhole ? value : null;
  } catch {
    return null;
  }
}

/** A flipped bit may leave a file that reads well, and a secret that nobody's cursor was signed with (I22). */
function hasItsChecksum(file: KeyFile): boolean {
  const names = Object.keys(file);
  const known = ['version', 'cursorSecret', 'apiKeyDigest', 'adminKeyDigest'];
  const isOfBefore = names.length === known.length && known.every((name) => names.includes(name));
  return isOfBefore || file.checksum === checksumOf(file);
}

function checksumOf({ version, cursorSecret, apiKeyDigest, adminKeyDigest }: KeyFile): string {
  const text = JSON.stringify([version, cursorSecret, apiKeyDigest, adminKeyDigest]);
  return hash('sha256', text, 'hex');
}

/** Whole or not at all: written beside, made durable, then put in place. */
async function writeKeyFile(disk: Disk, content: KeyFile): Promise<void> {
  const beside = `${keyFileName}.new`;
  const file = await disk.open(beside, { create: true });
  try {
    const bytes = Buffer.from(`${JSON.stringify({ ...content, checksum: checksumOf(content) })}\n`);
    await file.truncate(0);
    await file.write(0, bytes);
    await file.dataSync();
  } finally {
    await file.close();
  }
  await disk.rename(beside, keyFileName);
  await disk.syncDirectory();
}
