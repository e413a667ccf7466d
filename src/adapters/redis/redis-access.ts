import { assert } from '../../lib/assert.ts';

/** How every node of a cluster is met. */
export interface RedisAccess {
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
}

/**
 * Splits URLs of nodes, `redis://[user:password@]host:port` (`rediss:` for TLS), into addresses and
 * what they share: the cluster names further nodes by address alone, so the first URL speaks for all.
 */
export function readRedisUrls(urls: readonly string[]): {
  readonly addresses: readonly string[];
  readonly access: RedisAccess;
} {
  const nodes = urls.map((url) => new URL(url));
  const [first] = nodes;
  assert(first !== undefined, 'a cluster of no nodes');
  return {
    // An address of IPv6 has brackets in a URL alone.
    addresses: nodes.map(({ hostname, port }) => `${hostname.replace(/^\[(.*)\]$/, '$1')}:${port || '6379'}`),
    access: {
      username: first.username === '' ? null : decodeURIComponent(first.username),
      password: first.password === '' ? null : decodeURIComponent(first.password),
      tls: first.protocol === 'rediss:',
    },
  };
}
