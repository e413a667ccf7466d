// Programs that go on when the command that started them ends, and are found and ended again by their id.

import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { portAdvice, ServiceUnavailable } from './services-folder.mjs';

const runFile = promisify(execFile);
const pollMs = 50;

/**
 * @typedef {object} ProcessPlan
 * @property {string} name for messages
 * @property {string} folder its log and its id are kept here; one process a folder
 * @property {readonly number[]} ports it will listen on
 * @property {string} command
 * @property {readonly string[]} args
 * @property {NodeJS.ProcessEnv} [environment]
 * @property {{ uid: number, gid: number } | null} [user]
 */

/**
 * The id of the folder's process; null where it does not run. An id alone may have been given to
 * somebody else since, so the time of its start is compared too.
 * @returns {number | null}
 */
export function runningProcess(folder) {
  const file = join(folder, 'process.json');
  if (!existsSync(file)) return null;
  const { pid, startedAt } = JSON.parse(readFileSync(file, 'utf8'));
  return startTimeOf(pid) === startedAt ? pid : null;
}

/** In ticks since the machine was started; null where no such process lives. */
function startTimeOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold anything; the state is the field after it.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? null : fields[19];
  } catch {
    return null; // It ended.
  }
}

/**
 * Starts it detached, unless it runs already.
 * @param {ProcessPlan} plan
 * @returns {Promise<boolean>} whether it had to be started
 * @throws {ServiceUnavailable} where a port is taken or the program cannot be run
 */
export async function startProcess(plan) {
  if (runningProcess(plan.folder) !== null) return false;
  for (const port of plan.ports) {
    if (await isTaken(port)) {
      throw new ServiceUnavailable(`port ${port} for ${plan.name} is taken by another program: ${portAdvice()}`);
    }
  }
  mkdirSync(plan.folder, { recursive: true });
  const log = openSync(logFile(plan.folder), 'a');
  const child = spawn(plan.command, plan.args, {
    cwd: plan.folder,
    detached: true,
    stdio: ['ignore', log, log],
    env: plan.environment ?? process.env,
    ...(plan.user ?? {}),
  });
  closeSync(log);
  await once(child, 'spawn').catch((error) => {
    throw new ServiceUnavailable(`${plan.name} could not be started: ${error.message}`);
  });
  child.unref();
  writeFileSync(
    join(plan.folder, 'process.json'),
    JSON.stringify({ pid: child.pid, startedAt: startTimeOf(child.pid) }),
  );
  return true;
}

/** Asks it to end and waits; after `boundMs` it is killed. */
export async function endProcess(folder, signal, boundMs = 20_000) {
  const pid = runningProcess(folder);
  if (pid !== null) {
    signalProcess(pid, signal);
    if (!(await endsWithin(folder, boundMs))) signalProcess(pid, 'SIGKILL');
    await endsWithin(folder, 10_000);
  }
  rmSync(join(folder, 'process.json'), { force: true });
}

function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error; // It ended by itself in between.
  }
}

async function endsWithin(folder, boundMs) {
  for (const end = Date.now() + boundMs; Date.now() < end; await sleep(pollMs)) {
    if (runningProcess(folder) === null) return true;
  }
  return false;
}

/**
 * Waits until `probe` gives true.
 * @param {string} what completes "… did not become ready: "
 * @param {string} folder the one whose process has to live meanwhile, with its log
 */
export async function untilReady(what, folder, probe, boundMs = 90_000) {
  for (const end = Date.now() + boundMs; Date.now() < end; await sleep(pollMs * 2)) {
    if (await probe()) return;
    if (runningProcess(folder) === null) break;
  }
  const why = runningProcess(folder) === null ? 'its process ended' : `${boundMs / 1000} s went by`;
  throw new ServiceUnavailable(
    `${what} did not become ready: ${why}. The end of ${logFile(folder)}:\n${tailOf(folder)}`,
  );
}

function logFile(folder) {
  return join(folder, 'output.log');
}

function tailOf(folder) {
  return existsSync(logFile(folder))
    ? readFileSync(logFile(folder), 'utf8').trimEnd().split('\n').slice(-15).join('\n')
    : '';
}

/** Runs a short command; null where it failed. @returns {Promise<string | null>} */
export async function outputOf(command, args, options = {}) {
  try {
    return (await runFile(command, args, { timeout: 10_000, ...options })).stdout;
  } catch {
    return null; // Not there or not ready: the caller asks again or goes without.
  }
}

/**
 * Runs a command to its end. Nothing here blocks the others, whose time limits would run out meanwhile.
 * @returns {Promise<string>} what it printed
 * @throws {ServiceUnavailable} with its own words
 */
export async function insist(command, args, options = {}) {
  try {
    return (await runFile(command, args, { maxBuffer: 64 * 2 ** 20, ...options })).stdout;
  } catch (error) {
    throw new ServiceUnavailable(`${command} failed: ${error.stderr?.trim() || error.stdout?.trim() || error.message}`);
  }
}

function isTaken(port) {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}
