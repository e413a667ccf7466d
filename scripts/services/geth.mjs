// A real Ethereum execution client for the tests that drive forks through its Engine API.

import { spawnSync } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from '../setup.mjs';
import { installPackages } from './debian-packages.mjs';

export const gethVersion = '1.17.5';
const gethPackage = `github.com/ethereum/go-ethereum/cmd/geth@v${gethVersion}`;

/** From this Go release on, `go` fetches by itself the newer Go that a module asks for. */
const selfUpgradingGo = [1, 21];
/** What an older Go is given to build with: new enough for the version of geth above. */
const builderGo = '1.24.6';

/**
 * The path of a geth that can be run, building it once if need be; null where none can be had, with
 * the reason printed. `TXTRAIL_GETH` names one that is there already.
 * @returns {Promise<string | null>}
 */
export async function ensureGeth() {
  const given = process.env.TXTRAIL_GETH;
  if (given) return isExecutable(given) ? given : unavailable(`TXTRAIL_GETH names ${given}, which cannot be run`);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'txtrail', `geth-${gethVersion}`);
  const geth = join(cache, 'geth');
  if (isExecutable(geth)) return geth;
  const go = findGo() ?? (await installGo());
  if (go === null) return unavailable('there is no Go to build it with, and none could be installed');
  console.log(`Building geth ${gethVersion} from source with ${go}, once, into ${cache}`);
  console.log('  (the tests fork a real chain with it; this takes about four CPU minutes).');
  mkdirSync(cache, { recursive: true });
  return (await buildGeth(go, cache, geth)) ? geth : unavailable('its build failed; the words of go are above');
}

async function buildGeth(go, cache, geth) {
  // Built aside and then moved, so that a build cut short never looks like a finished one.
  const target = mkdtempSync(join(cache, 'build-'));
  try {
    const builder = goCanUpgradeItself(go) ? go : fetchBuilder(go, target);
    if (builder === null) return false;
    const environment = { ...process.env, GOBIN: target, GOFLAGS: '' };
    // A machine may pin its Go; geth names the one it needs, so the choice is left to it.
    if (builder === go) environment.GOTOOLCHAIN = 'auto';
    const code = await run(builder, ['install', gethPackage], { cwd: target, env: environment }).catch(() => 1);
    if (code !== 0 || !existsSync(join(target, 'geth'))) return false;
    renameSync(join(target, 'geth'), geth);
    return true;
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}

function findGo() {
  for (const candidate of ['go', '/usr/local/go/bin/go', '/usr/lib/go/bin/go']) {
    if (goVersion(candidate) !== null) return candidate;
  }
  return null;
}

async function installGo() {
  await installPackages(['golang-go'], 'to build geth with');
  return findGo();
}

function goCanUpgradeItself(go) {
  const [major, minor] = goVersion(go) ?? [0, 0];
  return major > selfUpgradingGo[0] || (major === selfUpgradingGo[0] && minor >= selfUpgradingGo[1]);
}

/** The Go release that a long-lived Debian carries is too old; newer ones are Go modules that it can fetch. */
function fetchBuilder(go, workFolder) {
  const architecture = { x64: 'amd64', arm64: 'arm64' }[process.arch];
  if (architecture === undefined) return null;
  console.log(`This Go is too old for geth; fetching Go ${builderGo} as a module.`);
  const name = `golang.org/toolchain@v0.0.1-go${builderGo}.linux-${architecture}`;
  const answer = spawnSync(go, ['mod', 'download', '-json', name], {
    cwd: workFolder,
    encoding: 'utf8',
    env: { ...process.env, GOFLAGS: '-mod=mod' },
  });
  if (answer.status !== 0) {
    console.error(answer.stdout, answer.stderr);
    return null;
  }
  const folder = JSON.parse(answer.stdout).Dir;
  // An old Go unpacks every module file as plain data.
  for (const tools of [join(folder, 'bin'), join(folder, 'pkg', 'tool', `linux_${architecture}`)]) {
    for (const tool of readdirSync(tools)) chmodSync(join(tools, tool), 0o755);
  }
  return join(folder, 'bin', 'go');
}

/** @returns {[number, number] | null} */
function goVersion(go) {
  const answer = spawnSync(go, ['version'], { encoding: 'utf8' });
  const match = /go(\d+)\.(\d+)/.exec(answer.stdout ?? '');
  return answer.status === 0 && match ? [Number(match[1]), Number(match[2])] : null;
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false; // Not there, or not ours to run: both mean that it has to be built.
  }
}

function unavailable(reason) {
  console.error(`\n*** geth ${gethVersion} is not to be had: ${reason}. Tests that need it are SKIPPED. ***\n`);
  return null;
}
