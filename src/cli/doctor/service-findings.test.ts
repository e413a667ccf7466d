import { describe, expect, test } from 'vitest';
import type { KafkaFacts, PostgresFacts, RedisFacts } from '../../runtime/distributed/service-probes.ts';
import { type Findings, kafkaFindings, postgresFindings, redisFindings } from './service-findings.ts';

/** `RESULT finding` of a check, which has a remedy where there is something to mend. */
function told(findings: Findings, name: string): string {
  const found = findings.find(([check]) => check === name)?.[1];
  if (found === undefined) throw new Error(`no check of ${name}`);
  expect(found.remedy !== null, `a remedy of ${name}`).toBe(found.result === 'warn' || found.result === 'fail');
  return `${found.result} ${found.finding}`;
}

const faultless = (findings: Findings): boolean => findings.every(([, { result }]) => /pass|info/.test(result));

const postgres: PostgresFacts = {
  where: '127.0.0.1:5432/txtrail',
  version: '15.18 (Debian)',
  settings: new Map([
    ['fsync', 'on'],
    ['synchronous_commit', 'on'],
    ['full_page_writes', 'on'],
    ['data_checksums', 'on'],
  ]),
  user: 'txtrail',
  seesAll: null,
  openTables: [],
  tableFault: null,
  past: { hasRun: true, topics: ['txtrail.blocks.eip155-1'] },
};

describe('PostgreSQL', () => {
  const good = postgres;
  const set = (name: string, value: string): PostgresFacts => ({
    ...good,
    settings: new Map([...good.settings, [name, value]]),
  });

  test('as it should be', () => {
    expect(faultless(postgresFindings(good))).toBe(true);
    expect(told(postgresFindings(good), 'version')).toBe('pass PostgreSQL 15.18 (Debian) at 127.0.0.1:5432/txtrail');
    expect(faultless(postgresFindings(set('synchronous_commit', 'remote_apply')))).toBe(true);
  });

  test.each<[string, PostgresFacts, RegExp]>([
    ['version', { ...good, version: '14.2' }, /^fail PostgreSQL 14.2/],
    ['writing', set('in_hot_standby', 'on'), /^fail 127.0.0.1:5432\/txtrail is a standby/],
    ['writing', set('default_transaction_read_only', 'on'), /^fail default_transaction_read_only is on/],
    ['fsync', set('fsync', 'off'), /^fail off: a crash/],
    ['synchronous_commit', set('synchronous_commit', 'off'), /^fail off: a crash loses/],
    ['full_page_writes', set('full_page_writes', 'off'), /^fail off: a power cut/],
    ['data checksums', set('data_checksums', 'off'), /^warn off/],
    ['user', { ...good, seesAll: 'postgres' }, /^warn postgres is a superuser/],
    ['row-level security', { ...good, openTables: ['mailbox', 'reads'] }, /^fail off on mailbox, reads$/],
    ['tables', { ...good, tableFault: { code: 'store_newer', message: 'newer' } }, /^fail newer$/],
  ])('%s that is not', (name, facts, finding) => {
    expect(told(postgresFindings(facts), name)).toMatch(finding);
  });
});

describe('what is said beneath a fault of the tables', () => {
  const remedyOf = (code: string): string | null | undefined =>
    postgresFindings({ ...postgres, tableFault: { code, message: 'a fault' } }).find(([name]) => name === 'tables')?.[1]
      .remedy;

  test('is to migrate where that helps, and nowhere else', () => {
    expect(remedyOf('store_not_migrated')).toContain('txtrail migrate');
    for (const code of ['store_newer', 'store_migration_changed', 'store_incomplete', 'store_misconfigured']) {
      expect(remedyOf(code)).toBe(`docs/reference/errors.md says more, under ${code}.`);
    }
  });
});

describe('Redis', () => {
  const good: RedisFacts = {
    address: '127.0.0.1:6379',
    version: '7.0.15',
    isCluster: true,
    state: 'ok',
    masters: [6379, 6380, 6381].map((port) => ({
      address: `127.0.0.1:${port}`,
      replicas: 1,
      fault: null,
      settings: new Map([
        ['maxmemory', '67108864'],
        ['maxmemory-policy', 'noeviction'],
        ['appendonly', 'no'],
        ['save', ''],
      ]),
    })),
  };
  /** The second master is another than the others. */
  const second = (given: Partial<RedisFacts['masters'][number]>): RedisFacts => ({
    ...good,
    masters: good.masters.map((master, index) => (index === 1 ? { ...master, ...given } : master)),
  });
  const set = (name: string, value: string): RedisFacts =>
    second({ settings: new Map([...(good.masters[1]?.settings ?? []), [name, value]]) });

  test('as it should be', () => {
    expect(faultless(redisFindings(good))).toBe(true);
    expect(told(redisFindings(good), 'persistence')).toBe('info off, and nothing kept here needs it');
    expect(told(redisFindings(set('appendonly', 'yes')), 'persistence')).toBe('info on; nothing kept here needs it');
    expect(told(redisFindings(set('save', '3600 1')), 'persistence')).toBe('info on; nothing kept here needs it');
    expect(told(redisFindings(second({ settings: null })), 'settings')).toMatch(/^info 127.0.0.1:6380 does not tell/);
  });

  test.each<[string, RedisFacts, RegExp]>([
    ['cluster', { ...good, isCluster: false, masters: [] }, /^fail 127.0.0.1:6379 is a server by itself/],
    ['cluster', { ...good, version: '6.2.1' }, /^fail Redis 6.2.1$/],
    ['state', { ...good, state: 'fail' }, /^warn fail: some slots/],
    ['masters', second({ fault: 'no answer' }), /^fail 127.0.0.1:6380: no answer$/],
    ['replicas', second({ replicas: 0 }), /^warn nobody takes over from 127.0.0.1:6380$/],
    ['eviction', set('maxmemory-policy', 'allkeys-lru'), /^warn allkeys-lru at 127.0.0.1:6380: /],
    ['memory', set('maxmemory', '0'), /^warn without a limit at 127.0.0.1:6380/],
  ])('%s that is not', (name, facts, finding) => {
    expect(told(redisFindings(facts), name)).toMatch(finding);
  });
});

describe('Kafka', () => {
  const good: KafkaFacts = { brokers: 3, missing: [], topicFault: null, groupReplicas: 3 };
  const findingsOf = (facts: KafkaFacts): Findings => kafkaFindings(facts, postgres.past);

  test('as it should be', () => {
    expect(faultless(findingsOf(good))).toBe(true);
    expect(told(findingsOf({ ...good, groupReplicas: null }), 'group offsets')).toMatch(/^info/);
  });

  test.each<[string, KafkaFacts, RegExp]>([
    ['brokers', { ...good, brokers: 1, groupReplicas: 1 }, /^warn 1: when one is lost, everything is$/],
    ['brokers', { ...good, brokers: 2, groupReplicas: 2 }, /^warn 2: when one is lost, nothing is taken any more$/],
    [
      'topics',
      { ...good, topicFault: 'Topics are not as they have to be.' },
      /^fail Topics are not as they have to be.$/,
    ],
    ['group offsets', { ...good, groupReplicas: 1 }, /^warn copies of __consumer_offsets: 1; /],
  ])('%s that are not', (name, facts, finding) => {
    expect(told(findingsOf(facts), name)).toMatch(finding);
  });

  describe('a topic that is missing', () => {
    const facts = (name: string, holds: 'order' | 'blocks' | 'passing'): KafkaFacts => ({
      ...good,
      missing: [{ name, holds }],
    });
    const remedy = (of: KafkaFacts, past: PostgresFacts['past']): string =>
      kafkaFindings(of, past).find(([name]) => name === 'topics')?.[1].remedy ?? '';

    test('is made by a migration where nothing is lost with it', () => {
      for (const of of [facts('txtrail.probes', 'passing'), facts('txtrail.blocks.eip155-10', 'blocks')]) {
        expect(told(findingsOf(of), 'topics')).toMatch(/^fail Kafka has no topic txtrail\.\S+$/);
        expect(remedy(of, postgres.past)).toContain('Run txtrail migrate');
      }
      const fresh = { hasRun: false, topics: ['txtrail.journal'] };
      expect(remedy(facts('txtrail.journal', 'order'), fresh)).toContain('Run txtrail migrate');
    });

    test('is lost where the installation has run, and nobody is told to migrate', () => {
      for (const of of [facts('txtrail.journal', 'order'), facts('txtrail.blocks.eip155-1', 'blocks')]) {
        expect(told(findingsOf(of), 'topics')).toMatch(/^fail .* has run\. .*from a copy/);
        expect(remedy(of, postgres.past)).not.toContain('migrate');
      }
    });

    test('is left open where the tables cannot be asked', () => {
      expect(remedy(facts('txtrail.journal', 'order'), null)).toMatch(/^Mend what is said of PostgreSQL first/);
    });
  });
});
