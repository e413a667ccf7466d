// A Redis Cluster of three masters, each with a replica.

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, outputOf, runningProcess, startProcess, untilReady } from './background-process.mjs';
import { packagesFolder, servicePort, ServiceUnavailable, servicesFolder } from './services-folder.mjs';
import { unpackedEnvironment, unpackPackages } from './unpacked-packages.mjs';

/** The first with sharded publish and subscribe. */
const minimumRedis = 7;
const nodes = [1, 2, 3, 4, 5, 6];
const nodeFolder = (node) => join(servicesFolder(), 'redis', String(node));
const nodePort = (node) => servicePort(20 + node);
const busPort = (node) => servicePort(30 + node);

/** `host:port` of every node, masters and replicas. */
export function redisAddresses() {
  return nodes.map((node) => `127.0.0.1:${nodePort(node)}`);
}

/** What runs of it, for `status` and for who stops what it started. */
export function redisProcesses() {
  return nodes.map((node) => ({ name: `redis node ${node}`, pid: runningProcess(nodeFolder(node)) }));
}

/**
 * Starts the nodes that do not run, joins them to a cluster if they are none, and waits until it is whole.
 * @returns {Promise<string[]>} their addresses
 * @throws {ServiceUnavailable}
 */
export async function startRedis() {
  const tools = await findTools();
  for (const node of nodes) await launch(node, tools);
  for (const node of nodes) {
    await untilReady(`Redis's node ${node}`, nodeFolder(node), async () => (await ask(tools, node, 'PING')) === 'PONG');
  }
  const joined = await Promise.all(nodes.map((node) => infoOf(tools, node)));
  if (joined.every((info) => info['cluster_slots_assigned'] === '0')) await createCluster(tools);
  for (const node of nodes) await untilReady(`Redis's node ${node}`, nodeFolder(node), () => isWhole(tools, node));
  return redisAddresses();
}

/** Ends all of them, at once: what they kept goes with them. */
export async function stopRedis() {
  await Promise.all(nodes.map((node) => stopRedisNode(node, 'SIGKILL')));
}

/** Starts one node again; the cluster takes it back by itself. @param {number} node 1 to 6 */
export async function startRedisNode(node) {
  const tools = await findTools();
  await launch(node, tools);
  await untilReady(`Redis's node ${node}`, nodeFolder(node), async () => (await ask(tools, node, 'PING')) === 'PONG');
}

/** @param {number} node 1 to 6 @param {NodeJS.Signals} [signal] */
export async function stopRedisNode(node, signal = 'SIGTERM') {
  await endProcess(nodeFolder(node), signal);
}

async function launch(node, { server, environment }) {
  const folder = nodeFolder(node);
  mkdirSync(folder, { recursive: true });
  const settings = {
    bind: '127.0.0.1',
    port: nodePort(node),
    dir: folder,
    'cluster-enabled': 'yes',
    'cluster-port': busPort(node),
    'cluster-config-file': 'nodes.conf',
    'cluster-node-timeout': 2_000,
    maxmemory: '64mb',
    'maxmemory-policy': 'noeviction',
    appendonly: 'no',
    save: '',
  };
  await startProcess({
    name: `Redis's node ${node}`,
    folder,
    ports: [nodePort(node), busPort(node)],
    command: server,
    args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]),
    environment,
  });
}

async function createCluster({ client, environment }) {
  const args = ['--cluster', 'create', ...redisAddresses(), '--cluster-replicas', '1', '--cluster-yes'];
  const answer = await outputOf(client, args, { env: environment, timeout: 60_000 });
  if (answer === null) throw new ServiceUnavailable('the nodes of Redis could not be joined to a cluster');
}

async function isWhole(tools, node) {
  const info = await infoOf(tools, node);
  const linked = info['role'] === 'master' || info['master_link_status'] === 'up';
  return info['cluster_state'] === 'ok' && info['cluster_known_nodes'] === String(nodes.length) && linked;
}

/** @returns {Promise<Record<string, string>>} */
async function infoOf(tools, node) {
  const texts = [await ask(tools, node, 'CLUSTER', 'INFO'), await ask(tools, node, 'INFO', 'replication')];
  return Object.fromEntries([...texts.join('\n').matchAll(/^(\w+):(.*?)\r?$/gm)].map((match) => [match[1], match[2]]));
}

async function ask({ client, environment }, node, ...words) {
  const answer = await outputOf(client, ['-h', '127.0.0.1', '-p', String(nodePort(node)), ...words], {
    env: environment,
  });
  return answer?.trim() ?? '';
}

async function findTools() {
  const installed = { server: 'redis-server', client: 'redis-cli', environment: process.env };
  if (await works(installed)) return installed;
  const root = packagesFolder('debian-redis');
  await unpackPackages(['redis-server', 'redis-tools'], root);
  const unpacked = {
    server: join(root, 'usr/bin/redis-server'),
    client: join(root, 'usr/bin/redis-cli'),
    environment: unpackedEnvironment(root),
  };
  if (await works(unpacked)) return unpacked;
  rmSync(root, { recursive: true, force: true });
  throw new ServiceUnavailable(`Redis ${minimumRedis} or newer is needed, and Debian's package brings none that runs`);
}

async function works({ server, client, environment }) {
  const version = await outputOf(server, ['--version'], { env: environment });
  const major = Number(/\bv=(\d+)/.exec(version ?? '')?.[1] ?? 0);
  return major >= minimumRedis && (await outputOf(client, ['--version'], { env: environment })) !== null;
}
