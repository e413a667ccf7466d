// A PostgreSQL server set as one that keeps its word: every commit on disk, pages with checksums.

import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endProcess, insist, runningProcess, startProcess, untilReady } from './background-process.mjs';
import {
  makeServicesFolder,
  packagesFolder,
  servicePort,
  ServiceUnavailable,
  servicesFolder,
} from './services-folder.mjs';
import { unpackedEnvironment, unpackPackages } from './unpacked-packages.mjs';

const minimumPostgres = 15;
/** The server refuses to run as root; these are `nobody` and `nogroup` on Debian. */
const nobody = { uid: 65_534, gid: 65_534 };
const serverFolder = () => join(servicesFolder(), 'postgres');
const dataFolder = () => join(serverFolder(), 'data');
const port = () => servicePort(40);

/** The database `txtrail` as its owner, who is no superuser. */
export function postgresUrl() {
  return urlFor('txtrail');
}

function urlFor(role) {
  return `postgres://${role}:${password()}@127.0.0.1:${port()}/${role === 'txtrail' ? 'txtrail' : 'postgres'}`;
}

/** What runs of it, for `status` and for who stops what it started. */
export function postgresProcesses() {
  return [{ name: 'postgres', pid: runningProcess(serverFolder()) }];
}

/**
 * Starts the server if it does not run, with the role and database `txtrail`.
 * @returns {Promise<string>} the URL of the database
 * @throws {ServiceUnavailable}
 */
export async function startPostgres() {
  const tools = await findTools();
  const user = process.getuid?.() === 0 ? nobody : null;
  if (!existsSync(join(dataFolder(), 'PG_VERSION'))) await initialise(tools, user);
  const settings = {
    port: port(),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: dataFolder(),
    fsync: 'on',
    synchronous_commit: 'on',
    full_page_writes: 'on',
    max_connections: 200,
    shared_buffers: '128MB',
    max_wal_size: '512MB',
    log_line_prefix: '%m [%p] ',
  };
  await startProcess({
    name: 'PostgreSQL',
    folder: serverFolder(),
    ports: [port()],
    command: join(tools.programs, 'postgres'),
    args: ['-D', dataFolder(), ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    environment: tools.environment,
    user,
  });
  await untilReady('PostgreSQL', serverFolder(), () => query(tools, 'SELECT 1') === '1');
  createDatabase(tools);
  return postgresUrl();
}

/** @param {NodeJS.Signals} [signal] SIGINT ends sessions and writes a checkpoint; SIGQUIT is a crash. */
export async function stopPostgres(signal = 'SIGINT') {
  await endProcess(serverFolder(), signal);
}

async function initialise({ programs, environment }, user) {
  mkdirSync(serverFolder(), { recursive: true });
  // An earlier attempt that was cut short left no whole one.
  rmSync(dataFolder(), { recursive: true, force: true });
  mkdirSync(dataFolder(), { mode: 0o700 });
  const passwordFile = join(serverFolder(), 'initial-password');
  writeFileSync(passwordFile, password(), { mode: 0o600 });
  if (user !== null) for (const path of [dataFolder(), passwordFile]) chownSync(path, user.uid, user.gid);
  await insist(
    join(programs, 'initdb'),
    [
      ...['-D', dataFolder(), '-U', 'postgres', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'],
      ...['--data-checksums', '--encoding=UTF8', '--locale=C.UTF-8', '--no-instructions'],
    ],
    { cwd: dataFolder(), env: environment, ...(user ?? {}) },
  );
  rmSync(passwordFile);
}

function createDatabase(tools) {
  if (query(tools, "SELECT 1 FROM pg_roles WHERE rolname = 'txtrail'") !== '1') {
    mustQuery(tools, `CREATE ROLE txtrail LOGIN CREATEDB CREATEROLE PASSWORD '${password()}'`);
  }
  if (query(tools, "SELECT 1 FROM pg_database WHERE datname = 'txtrail'") !== '1') {
    mustQuery(tools, 'CREATE DATABASE txtrail OWNER txtrail');
  }
}

function mustQuery(tools, statement) {
  if (query(tools, statement) === null) throw new ServiceUnavailable('the database txtrail could not be created');
}

/** The answer without decoration; null where it failed. What holds a password goes in by a pipe, not as an argument. */
function query({ programs, environment }, statement) {
  const answer = spawnSync(join(programs, 'psql'), ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1'], {
    input: statement,
    encoding: 'utf8',
    env: {
      ...environment,
      PGHOST: '127.0.0.1',
      PGPORT: String(port()),
      PGUSER: 'postgres',
      PGDATABASE: 'postgres',
      PGPASSWORD: password(),
    },
  });
  return answer.status === 0 ? answer.stdout.trim() : null;
}

/** One for both roles, made with the server. */
function password() {
  const file = join(serverFolder(), 'password');
  if (!existsSync(file)) {
    mkdirSync(serverFolder(), { recursive: true });
    writeFileSync(file, randomBytes(16).toString('hex'), { mode: 0o600 });
  }
  return readFileSync(file, 'utf8');
}

async function findTools() {
  const installed = findPrograms('/');
  if (installed !== null) return { programs: installed, environment: process.env };
  // Where the server cannot run as root, nothing below root's own home is to be reached by it.
  const asRoot = process.getuid?.() === 0;
  const root = asRoot ? join(makeServicesFolder(), 'debian-postgresql') : packagesFolder('debian-postgresql');
  await unpackPackages(['postgresql', 'postgresql-client'], root);
  if (asRoot) chmodSync(root, 0o755);
  const unpacked = findPrograms(root);
  if (unpacked !== null) return { programs: unpacked, environment: unpackedEnvironment(root) };
  rmSync(root, { recursive: true, force: true });
  throw new ServiceUnavailable(`PostgreSQL ${minimumPostgres} or newer is needed, and Debian's package brings none`);
}

/** Debian keeps each major version in a folder of its own. */
function findPrograms(root) {
  const versions = join(root, 'usr/lib/postgresql');
  if (!existsSync(versions)) return null;
  const newest = Math.max(0, ...readdirSync(versions).map(Number).filter(Number.isInteger));
  const programs = join(versions, String(newest), 'bin');
  const complete = ['postgres', 'initdb', 'psql'].every((name) => existsSync(join(programs, name)));
  return newest >= minimumPostgres && complete ? programs : null;
}
