import { randomBytes } from 'node:crypto';
import { Admin } from '@platformatic/kafka';
import pg from 'pg';
import { readAddresses } from '../../scripts/services/services-folder.mjs';

/** `host:port` of Kafka's brokers; null where there are none, and tests that need them are skipped. */
export function findKafka(): readonly string[] | null {
  return listed('Kafka', process.env.TXTRAIL_KAFKA ?? readAddresses()?.kafka?.join(','));
}

/** `host:port` of the nodes of a Redis Cluster; null where there is none, and tests that need it are skipped. */
export function findRedis(): readonly string[] | null {
  return listed('Redis', process.env.TXTRAIL_REDIS ?? readAddresses()?.redis?.join(','));
}

/** The URL of a PostgreSQL database; null where there is none, and tests that need it are skipped. */
export function findPostgres(): string | null {
  return listed('PostgreSQL', process.env.TXTRAIL_POSTGRES ?? readAddresses()?.postgres)?.[0] ?? null;
}

function listed(service: string, addresses: string | undefined): readonly string[] | null {
  if (addresses) return addresses.split(',');
  console.warn(`SKIPPED: no ${service} (npm run services starts one)`);
  return null;
}

/** What a test file puts before its topics, keys or channels, so that none meets those of another. */
export function freshPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}.`;
}

/** Deletes every topic whose name begins so. */
export async function deleteTopics(brokers: readonly string[], prefix: string): Promise<void> {
  const admin = new Admin({ clientId: 'txtrail-test', bootstrapBrokers: [...brokers] });
  try {
    const topics = (await admin.listTopics()).filter((name) => name.startsWith(prefix));
    if (topics.length > 0) await admin.deleteTopics({ topics });
  } finally {
    await admin.close();
  }
}

/** A database of a test file's own. */
export interface FreshDatabase {
  readonly url: string;
  /** Ends its sessions and deletes it. */
  drop(): Promise<void>;
}

/** @param url as `findPostgres` gives it: of a role that may create databases */
export async function freshDatabase(url: string): Promise<FreshDatabase> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await execute(url, `CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  const drop = async (): Promise<void> => {
    // Not `WITH (FORCE)`: that is refused while the server itself vacuums there, which a plain drop ends.
    const sessions = `FROM pg_stat_activity WHERE datname = '${name}' AND usename = current_user`;
    await execute(url, `SELECT pg_terminate_backend(pid) ${sessions}`);
    await execute(url, `DROP DATABASE ${name}`);
  };
  return { url: own.href, drop };
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
