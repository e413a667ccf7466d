// The real parts of the distributed mode together: started, told of, and stopped.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkaProcesses, startKafka, stopKafka } from './kafka.mjs';
import { postgresProcesses, startPostgres, stopPostgres } from './postgres.mjs';
import { redisProcesses, startRedis, stopRedis } from './redis.mjs';
import {
  addressesFile,
  makeServicesFolder,
  readAddresses,
  ServiceUnavailable,
  servicesFolder,
} from './services-folder.mjs';

/**
 * @typedef {object} Service
 * @property {'kafka' | 'redis' | 'postgres'} key its name in services.json, and of its folder
 * @property {string} title
 * @property {string} variable where its tests find its address
 * @property {() => Promise<string | string[]>} start
 * @property {() => Promise<void>} stop
 * @property {() => { name: string, pid: number | null }[]} processes
 */

/** @type {readonly Service[]} */
const services = [
  {
    key: 'kafka',
    title: 'Kafka',
    variable: 'TXTRAIL_KAFKA',
    start: startKafka,
    stop: stopKafka,
    processes: kafkaProcesses,
  },
  {
    key: 'redis',
    title: 'Redis',
    variable: 'TXTRAIL_REDIS',
    start: startRedis,
    stop: stopRedis,
    processes: redisProcesses,
  },
  {
    key: 'postgres',
    title: 'PostgreSQL',
    variable: 'TXTRAIL_POSTGRES',
    start: startPostgres,
    stop: stopPostgres,
    processes: postgresProcesses,
  },
];

/**
 * Starts what does not run; a service that cannot be had is said so loudly and left out.
 * @returns {Promise<{ environment: Record<string, string>, missing: string[], startedHere: Service[] }>}
 *   the variables that tests look at, and the services of which nothing ran before
 */
export async function startServices() {
  makeServicesFolder();
  const unlock = await lock();
  try {
    const startedHere = services.filter((service) => service.processes().every(({ pid }) => pid === null));
    const outcomes = await Promise.all(services.map(startOne));
    const found = outcomes.filter((outcome) => outcome.address !== null);
    writeAddresses(Object.fromEntries(found.map(({ service, address }) => [service.key, address])));
    return {
      environment: Object.fromEntries(
        found.map(({ service, address }) => [service.variable, [address].flat().join(',')]),
      ),
      missing: outcomes.filter((outcome) => outcome.address === null).map(({ service }) => service.title),
      startedHere,
    };
  } finally {
    unlock();
  }
}

async function startOne(service) {
  try {
    return { service, address: await service.start() };
  } catch (error) {
    if (!(error instanceof ServiceUnavailable)) throw error;
    console.error(`\n*** ${service.title} is not to be had: ${error.message}. Tests that need it are SKIPPED. ***\n`);
    return { service, address: null };
  }
}

/** Ends the processes of these services and deletes what they kept. */
export async function stopServices(chosen = services) {
  makeServicesFolder();
  const unlock = await lock();
  try {
    await Promise.all(chosen.map((service) => service.stop()));
    for (const { key } of chosen) rmSync(join(servicesFolder(), key), { recursive: true, force: true });
    const left = Object.entries(readAddresses() ?? {}).filter(([key]) =>
      services.some((service) => service.key === key),
    );
    writeAddresses(Object.fromEntries(left.filter(([key]) => !chosen.some((service) => service.key === key))));
  } finally {
    unlock();
  }
}

/** Every process, with its id where it runs. */
export function serviceProcesses() {
  return services.flatMap((service) => service.processes());
}

/** @param {Record<string, string | string[]>} addresses that of PostgreSQL holds a password */
function writeAddresses(addresses) {
  if (Object.keys(addresses).length === 0) return rmSync(addressesFile(), { force: true });
  const processes = serviceProcesses().filter(({ pid }) => pid !== null);
  writeFileSync(addressesFile(), `${JSON.stringify({ ...addresses, processes }, null, 2)}\n`, { mode: 0o600 });
}

/** One command at a time starts or stops; one that died without letting go holds nobody up. */
async function lock() {
  const folder = join(servicesFolder(), 'lock');
  const file = join(folder, 'pid');
  for (;;) {
    try {
      mkdirSync(folder);
      writeFileSync(file, String(process.pid));
      return () => rmSync(folder, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (await holderIsGone(file)) rmSync(folder, { recursive: true, force: true });
    else await sleep(200);
  }
}

async function holderIsGone(file) {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const text = readText(file);
    if (text !== '') return !isAlive(Number(text));
    // The lock was made a moment ago and its holder's id is not written yet, or it was let go just now.
    await sleep(100);
  }
  return true;
}

function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // Let go in between.
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
