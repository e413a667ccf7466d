import { plainText } from '../plain-text.ts';
import type { KafkaFacts, PostgresFacts, RedisFacts } from '../../runtime/distributed/service-probes.ts';
import { lostTopics, topicsLostError } from '../../runtime/distributed/lost-topics.ts';
import { fail, info, pass, warn, type Finding } from './check.ts';

export type Findings = readonly (readonly [string, Finding])[];

const neededPostgres = 15;
/** The first with sharded channels. */
const neededRedis = 7;
/** One may be lost, and two still agree. */
const neededBrokers = 3;

/** What a crash or a power cut would take of what was acknowledged. */
const durableSettings: readonly { readonly name: string; readonly bad: readonly string[]; readonly why: string }[] = [
  { name: 'fsync', bad: ['off'], why: 'a crash of the machine may lose or damage everything' },
  { name: 'synchronous_commit', bad: ['off'], why: 'a crash loses what was acknowledged last' },
  { name: 'full_page_writes', bad: ['off'], why: 'a power cut may leave half-written pages' },
];

export function postgresFindings(facts: PostgresFacts): Findings {
  return [
    ['version', versionFinding(facts)],
    ['writing', writingFinding(facts)],
    ...durableSettings.map(({ name, bad, why }) => [name, durableFinding(facts, name, bad, why)] as const),
    ['data checksums', checksumFinding(facts)],
    ['user', userFinding(facts)],
    ['row-level security', rowSecurityFinding(facts)],
    ['tables', facts.tableFault === null ? pass('those of this version') : tableFinding(facts.tableFault)],
  ];
}

function versionFinding({ version, where }: PostgresFacts): Finding {
  const finding = `PostgreSQL ${plainText(version)} at ${where}`;
  if (Number.parseInt(version, 10) >= neededPostgres) return pass(finding);
  return fail(finding, `Use PostgreSQL ${neededPostgres} or newer.`);
}

function writingFinding({ settings, where }: PostgresFacts): Finding {
  if (settings.get('in_hot_standby') === 'on') {
    return fail(`${where} is a standby, which takes no writes`, 'Let distributed.postgres.url name the primary.');
  }
  if (settings.get('default_transaction_read_only') === 'on') {
    const remedy = 'Set it to off again: ALTER SYSTEM, ALTER DATABASE or ALTER ROLE, whichever set it.';
    return fail('default_transaction_read_only is on: nothing is written', remedy);
  }
  return pass('taken');
}

function durableFinding({ settings }: PostgresFacts, name: string, bad: readonly string[], why: string): Finding {
  const value = settings.get(name) ?? 'not to be told';
  if (!bad.includes(value)) return pass(value);
  return fail(`${value}: ${why}`, `ALTER SYSTEM SET ${name} = on; SELECT pg_reload_conf();`);
}

function checksumFinding({ settings }: PostgresFacts): Finding {
  if (settings.get('data_checksums') === 'on') return pass('on');
  const remedy = 'Stop the server and run pg_checksums --enable; new ones: initdb --data-checksums.';
  return warn('off: a damaged page is served as if it were whole', remedy);
}

function userFinding({ user, seesAll }: PostgresFacts): Finding {
  if (seesAll === null) return pass(`${user} is held to row-level security`);
  return warn(
    `${seesAll} is a superuser or passes row-level security by`,
    `Let distributed.postgres.url name a user without it: ALTER ROLE ${seesAll} NOSUPERUSER NOBYPASSRLS, or a user of its own.`,
  );
}

function rowSecurityFinding({ openTables }: PostgresFacts): Finding {
  if (openTables.length === 0) return pass('on every table that holds rows of tenants');
  const statements = openTables.map((table) => `ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;`).join(' ');
  return fail(`off on ${openTables.join(', ')}`, `Tenants are kept apart by queries alone there: ${statements}`);
}

function tableFinding({ code, message }: NonNullable<PostgresFacts['tableFault']>): Finding {
  const isBehind = code === 'store_not_migrated';
  return fail(plainText(message), isBehind ? 'Run txtrail migrate with this configuration.' : moreAbout(code));
}

/** The finding says what to do by itself. */
export function moreAbout(code: string): string {
  return `docs/reference/errors.md says more, under ${code}.`;
}

export function redisFindings(facts: RedisFacts): Findings {
  const { address, version, isCluster, masters } = facts;
  const kind: Finding = isCluster
    ? pass(`Redis ${plainText(version)}, a cluster by the word of ${address}`)
    : fail(
        `${address} is a server by itself, not one of a cluster`,
        'Start it with cluster-enabled yes and join at least three: redis-cli --cluster create.',
      );
  if (!isCluster) return [['cluster', kind]];
  const old = fail(`Redis ${plainText(version)}`, `Use Redis ${neededRedis} or newer: bells ring on sharded channels.`);
  return [
    ['cluster', Number.parseInt(version, 10) >= neededRedis ? kind : old],
    ['state', stateFinding(facts)],
    ['masters', masterFinding(facts)],
    ['replicas', replicaFinding(facts)],
    ...settingFindings(masters),
  ];
}

function stateFinding({ state, masters }: RedisFacts): Finding {
  if (state === 'ok') return pass(`ok, ${masters.length} masters`);
  return warn(
    `${plainText(state)}: some slots have no master`,
    'See redis-cli --cluster check; until then bells, counts and tickets fail.',
  );
}

function masterFinding({ masters }: RedisFacts): Finding {
  const away = masters.filter(({ fault }) => fault !== null);
  if (away.length === 0) return pass('reached from here, each by the address that the cluster tells');
  return fail(
    away.map(({ address, fault }) => plainText(`${address}: ${fault}`)).join('; '),
    'Let it run, and be reached from here by that address: cluster-announce-ip and cluster-announce-port set what is told.',
  );
}

function replicaFinding({ masters }: RedisFacts): Finding {
  const alone = masters.filter(({ replicas }) => replicas === 0).map(({ address }) => address);
  if (alone.length === 0) return pass('every master has one');
  const remedy = 'Add one: redis-cli --cluster add-node NEW MASTER --cluster-slave.';
  return warn(`nobody takes over from ${alone.join(', ')}`, remedy);
}

/** Each is told of the first master where it is not as it should be. */
function settingFindings(masters: RedisFacts['masters']): Findings {
  const told = masters.flatMap(({ address, settings }) =>
    settings === null ? [] : [{ address, of: (name: string): string => settings.get(name) ?? '' }],
  );
  const secretive = masters.find(({ fault, settings }) => fault === null && settings === null);
  const silent = secretive && (['settings', info(`${secretive.address} does not tell its settings`)] as const);
  const evicting = told.find(({ of }) => of('maxmemory-policy') !== 'noeviction');
  const unbounded = told.find(({ of }) => of('maxmemory') === '0');
  const isSaved = told.some(({ of }) => of('appendonly') === 'yes' || of('save') !== '');
  const eviction =
    evicting === undefined
      ? pass('noeviction')
      : warn(
          `${plainText(evicting.of('maxmemory-policy'))} at ${evicting.address}: counts and tickets may go before their time`,
          'CONFIG SET maxmemory-policy noeviction; all that is kept ends by itself.',
        );
  const memory =
    unbounded === undefined
      ? pass(`at most ${[...new Set(told.map(({ of }) => of('maxmemory')))].join(', ')} bytes`)
      : warn(
          `without a limit at ${unbounded.address}, as far as the machine has any`,
          'CONFIG SET maxmemory, to less than the machine has.',
        );
  const persistence = info(isSaved ? 'on; nothing kept here needs it' : 'off, and nothing kept here needs it');
  const found: Findings = [
    ['eviction', eviction],
    ['memory', memory],
    ['persistence', persistence],
  ];
  return [...(silent === undefined ? [] : [silent]), ...(told.length === 0 ? [] : found)];
}

/** `past`: by the tables; null: they could not be asked. */
export function kafkaFindings(facts: KafkaFacts, past: PostgresFacts['past']): Findings {
  return [
    ['brokers', brokerFinding(facts)],
    ['topics', topicFinding(facts, past)],
    ['group offsets', offsetFinding(facts)],
  ];
}

function brokerFinding({ brokers }: KafkaFacts): Finding {
  if (brokers >= neededBrokers) return pass(`${brokers}`);
  const finding = `${brokers}: when one is lost, ${brokers === 1 ? 'everything is' : 'nothing is taken any more'}`;
  return warn(finding, `Run ${neededBrokers} brokers, on machines that do not fail together.`);
}

function topicFinding({ missing, topicFault }: KafkaFacts, past: PostgresFacts['past']): Finding {
  if (missing.length > 0) return missingFinding(missing, past);
  if (topicFault === null) return pass('all there, with the copies and settings that they need');
  return fail(plainText(topicFault), moreAbout('topic_misconfigured'));
}

function missingFinding(missing: KafkaFacts['missing'], past: PostgresFacts['past']): Finding {
  const finding = `Kafka has no topic ${missing.map(({ name }) => name).join(', ')}`;
  const lost = past === null ? [] : lostTopics(missing, past);
  if (lost.length > 0) return fail(topicsLostError(lost).message, moreAbout('topics_lost'));
  if (past !== null) return fail(finding, 'Run txtrail migrate with this configuration.');
  return fail(
    finding,
    'Mend what is said of PostgreSQL first: its tables tell whether txtrail migrate may make them anew.',
  );
}

function offsetFinding({ brokers, groupReplicas }: KafkaFacts): Finding {
  if (groupReplicas === null) return info('nobody has formed a group yet');
  if (groupReplicas >= Math.min(neededBrokers, brokers)) return pass(`copies of __consumer_offsets: ${groupReplicas}`);
  return warn(
    `copies of __consumer_offsets: ${groupReplicas}; when a broker is lost, processes may not share out their work`,
    'Give it more by kafka-reassign-partitions; new clusters: offsets.topic.replication.factor=3.',
  );
}
