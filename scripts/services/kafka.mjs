// Three Kafka brokers that are their own controllers (KRaft), from the jars that Maven fetches.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../setup.mjs';
import { endProcess, insist, outputOf, runningProcess, startProcess, untilReady } from './background-process.mjs';
import { installPackages, succeeds } from './debian-packages.mjs';
import { askBrokers } from './kafka-metadata.mjs';
import { packagesFolder, servicePort, ServiceUnavailable, servicesFolder } from './services-folder.mjs';

/** The newest release line that the client library names as supported. */
const kafkaVersion = '4.2.2';
/** Of the same line as the slf4j that Kafka is built with. */
const loggingVersion = '1.7.36';
const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';
const minimumJava = 17;

const brokers = [1, 2, 3];
const brokerFolder = (broker) => join(servicesFolder(), 'kafka', String(broker));
const brokerPort = (broker) => servicePort(broker);
const controllerPort = (broker) => servicePort(10 + broker);

/** `host:port` of every broker. */
export function brokerAddresses() {
  return brokers.map((broker) => `127.0.0.1:${brokerPort(broker)}`);
}

/** What runs of it, for `status` and for who stops what it started. */
export function kafkaProcesses() {
  return brokers.map((broker) => ({ name: `kafka broker ${broker}`, pid: runningProcess(brokerFolder(broker)) }));
}

/**
 * Starts the brokers that do not run, and waits until each knows all three.
 * @returns {Promise<string[]>} their addresses
 * @throws {ServiceUnavailable}
 */
export async function startKafka() {
  const tools = await findTools();
  for (const broker of brokers) await launch(broker, tools);
  for (const broker of brokers) {
    await untilReady(`Kafka's broker ${broker}`, brokerFolder(broker), async () => {
      const known = await askBrokers(brokerPort(broker));
      return known?.length === brokers.length;
    });
  }
  return brokerAddresses();
}

/** Ends all of them, at once: what they kept goes with them. */
export async function stopKafka() {
  await Promise.all(brokers.map((broker) => stopBroker(broker, 'SIGKILL')));
}

/** Starts one broker again, and waits until it is one of the cluster. @param {number} broker 1, 2 or 3 */
export async function startBroker(broker) {
  await launch(broker, await findTools());
  await untilReady(`Kafka's broker ${broker}`, brokerFolder(broker), async () => {
    const known = await askBrokers(brokerPort(broker));
    return known?.includes(broker) === true;
  });
}

/** @param {number} broker 1, 2 or 3 @param {NodeJS.Signals} [signal] SIGTERM hands its partitions over first */
export async function stopBroker(broker, signal = 'SIGTERM') {
  await endProcess(brokerFolder(broker), signal);
}

async function launch(broker, { java, jars }) {
  const folder = brokerFolder(broker);
  if (runningProcess(folder) !== null) return;
  const config = join(folder, 'server.properties');
  mkdirSync(folder, { recursive: true });
  writeFileSync(config, brokerConfig(broker));
  const classPath = join(jars, '*');
  if (!existsSync(join(folder, 'data', 'meta.properties'))) {
    const format = ['format', '--cluster-id', clusterId(), '--config', config];
    await insist(java, ['-cp', classPath, 'kafka.tools.StorageTool', ...format]);
  }
  await startProcess({
    name: `Kafka's broker ${broker}`,
    folder,
    ports: [brokerPort(broker), controllerPort(broker)],
    command: java,
    args: [
      ...['-Xms96m', '-Xmx320m', '-XX:+UseSerialGC', '-Djava.awt.headless=true'],
      ...[
        '-Dorg.slf4j.simpleLogger.showDateTime=true',
        '-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      ],
      ...['-cp', classPath, 'kafka.Kafka', config],
    ],
  });
}

/** One for the three, made with the first of them. */
function clusterId() {
  const file = join(servicesFolder(), 'kafka', 'cluster-id');
  // One that began with a dash would be taken for an option.
  if (!existsSync(file)) writeFileSync(file, randomBytes(16).toString('base64url').replace(/^-/, 'A'));
  return readFileSync(file, 'utf8');
}

/** As a cluster that may lose a broker has to be set; small beside that. */
function brokerConfig(broker) {
  const voters = brokers.map((one) => `${one}@127.0.0.1:${controllerPort(one)}`).join(',');
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': broker,
    'controller.quorum.voters': voters,
    listeners: `PLAINTEXT://127.0.0.1:${brokerPort(broker)},CONTROLLER://127.0.0.1:${controllerPort(broker)}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${brokerPort(broker)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': join(brokerFolder(broker), 'data'),
    'auto.create.topics.enable': false,
    'default.replication.factor': brokers.length,
    'min.insync.replicas': 2,
    'unclean.leader.election.enable': false,
    'offsets.topic.replication.factor': brokers.length,
    'offsets.topic.num.partitions': 6,
    'transaction.state.log.replication.factor': brokers.length,
    'transaction.state.log.min.isr': 2,
    'transaction.state.log.num.partitions': 3,
    'share.coordinator.state.topic.replication.factor': brokers.length,
    'share.coordinator.state.topic.min.isr': 2,
    'group.initial.rebalance.delay.ms': 100,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'background.threads': 2,
    'log.cleaner.dedupe.buffer.size': 8 * 2 ** 20,
    'log.segment.bytes': 64 * 2 ** 20,
    'log.index.size.max.bytes': 2 ** 20,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

async function findTools() {
  if (!(await hasJava()) || !succeeds(['mvn', '--version'])) {
    await installPackages(['default-jre-headless', 'maven'], 'which fetch and run Kafka');
  }
  if (!(await hasJava())) throw new ServiceUnavailable(`Kafka needs Java ${minimumJava} or newer, and there is none`);
  return { java: 'java', jars: await fetchJars() };
}

async function hasJava() {
  const answer = await outputOf('java', ['--version']);
  return Number(/^\S+ (\d+)/.exec(answer ?? '')?.[1] ?? 0) >= minimumJava;
}

/** @returns {Promise<string>} the folder of the jars */
async function fetchJars() {
  const folder = packagesFolder(`kafka-${kafkaVersion}`);
  const jars = join(folder, 'jars');
  /** Written when all are there: a download that was cut short is done again. */
  const completeMark = join(folder, 'complete');
  if (existsSync(completeMark)) return jars;
  console.log(`Fetching Kafka ${kafkaVersion} with Maven, once, into ${folder} (44 MB).`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'pom.xml'), projectFile());
  const args = ['-B', '-q', '-f', join(folder, 'pom.xml'), `${dependencyPlugin}:copy-dependencies`];
  // Java takes a user's home from the system, and not from HOME: one without a folder of its own has none there.
  const env = { ...process.env, MAVEN_OPTS: `${process.env.MAVEN_OPTS ?? ''} -Duser.home=${homedir()}`.trim() };
  const code = await run('mvn', [...args, '-DincludeScope=runtime', `-DoutputDirectory=${jars}`], { env }).catch(
    () => 1,
  );
  if (code !== 0) throw new ServiceUnavailable('Maven could not fetch Kafka; its words are above');
  writeFileSync(completeMark, '');
  return jars;
}

function projectFile() {
  const dependency = (group, name, version) =>
    `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  return [
    '<project><modelVersion>4.0.0</modelVersion>',
    '<groupId>txtrail</groupId><artifactId>kafka-jars</artifactId><version>1</version><packaging>pom</packaging>',
    '<dependencies>',
    dependency('org.apache.kafka', 'kafka_2.13', kafkaVersion),
    dependency('org.slf4j', 'slf4j-simple', loggingVersion),
    '</dependencies></project>',
  ].join('\n');
}
