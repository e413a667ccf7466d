// Where the real parts keep their data, and the ports they listen on.

import { chmodSync, existsSync, lstatSync, mkdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Below the range from which systems take the ports of outgoing connections, so nobody gets one by chance. */
const defaultFirstPort = 21_400;
/** How many ports from the first one on are ours. */
const portCount = 50;

/** A real part that cannot be had on this machine; the message says why and what to do. */
export class ServiceUnavailable extends Error {}

/** @param {number} offset below `portCount`; each service has its own @returns {number} */
export function servicePort(offset) {
  return firstPort() + offset;
}

/** Names the ports and how to have others, for messages. */
export function portAdvice() {
  const first = firstPort();
  return `the services use the ports ${first} to ${first + portCount - 1}; TXTRAIL_SERVICES_PORT names another first one`;
}

function firstPort() {
  const given = Number(process.env.TXTRAIL_SERVICES_PORT || defaultFirstPort);
  if (Number.isInteger(given) && given >= 1024 && given + portCount <= 65_536) return given;
  throw new ServiceUnavailable(`TXTRAIL_SERVICES_PORT is not a port from 1024 to ${65_536 - portCount}`);
}

/** Data, logs and process ids: one folder for each user and first port, outside any checkout. */
export function servicesFolder() {
  const suffix = firstPort() === defaultFirstPort ? '' : `-${firstPort()}`;
  return process.env.TXTRAIL_SERVICES_FOLDER || `/var/tmp/txtrail-services-${process.getuid?.() ?? 0}${suffix}`;
}

/** Makes the folder; refuses one that somebody else put there, since programs are run from it. */
export function makeServicesFolder() {
  const folder = servicesFolder();
  mkdirSync(folder, { recursive: true });
  const found = lstatSync(folder);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new ServiceUnavailable(`${folder} is not a folder of yours; TXTRAIL_SERVICES_FOLDER names another one`);
  }
  // A database that root starts runs as somebody else, who has to get through to its own folder.
  chmodSync(folder, process.getuid?.() === 0 ? 0o711 : 0o700);
  return folder;
}

/** Packages that are fetched once and stay. */
export function packagesFolder(name) {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'txtrail', name);
}

export function addressesFile() {
  return join(servicesFolder(), 'services.json');
}

/**
 * What `npm run services` wrote when all was ready; null where it did not run or was stopped since.
 * @returns {{ kafka?: string[], redis?: string[], postgres?: string, processes: { name: string, pid: number }[] } | null}
 */
export function readAddresses() {
  return existsSync(addressesFile()) ? JSON.parse(readFileSync(addressesFile(), 'utf8')) : null;
}
