// Builds the live page to static files where its sources changed since the last build. By itself:
// npm run build:dashboard

import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { bundleClient } from './build-client.mjs';
import { repositoryRoot, run, runMain, setUp, SetupError } from './setup.mjs';

const workspace = join(repositoryRoot, 'dashboard');
/** What the server serves at `/`. */
export const dashboardFolder = join(workspace, 'dist');
/** Holds the digest of what the files beside it were built from; written last. */
const stampName = '.sources';

/** What the built files follow from. Tests beside the sources change the digest too, which costs a build and no more. */
const sources = [
  'dashboard/index.html',
  'dashboard/package.json',
  'dashboard/vite.config.ts',
  'dashboard/public',
  'dashboard/src',
  'client/src',
  'client/vite.config.ts',
  'protocol/src',
  'scripts/build-client.mjs',
  'scripts/build-dashboard.mjs',
];
/** Vite, the compiler and the fonts come from the lock file's versions. */
const lockFile = 'package-lock.json';

/** What a browser is glad to get smaller. Fonts are compressed already. */
const compressible = /\.(?:html|js|css|svg|json|txt)$/;

/**
 * Builds the page if need be. A build is made aside and put in place whole, so that a server, or
 * another build at the same time, never meets half of one.
 * @param {NodeJS.ProcessEnv} environment with the installed tools on its PATH, as `setUp` gives it
 * @returns {Promise<string>} the folder of the built files
 */
export async function ensureDashboard(environment) {
  const digest = digestOf([...sources, lockFile]);
  if (readStamp() === digest) return dashboardFolder;
  console.log('Building the live page (dashboard/, a few seconds) …');
  const aside = mkdtempSync(join(workspace, '.dist-'));
  try {
    const code = await run('vite', ['build', '--logLevel', 'warn', '--outDir', aside, '--emptyOutDir'], {
      cwd: workspace,
      env: { ...environment, NODE_ENV: 'production' },
    });
    if (code !== 0) throw new SetupError(`The live page could not be built: vite ended with exit code ${code}.`);
    await addClient(environment, aside);
    compressAll(aside);
    writeFileSync(join(aside, stampName), `${digest}\n`);
    putInPlace(aside);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return dashboardFolder;
}

/** For pages without a bundler: the client as one file, served as `/client.js`. */
async function addClient(environment, folder) {
  const built = mkdtempSync(join(tmpdir(), 'txtrail-client-'));
  try {
    await bundleClient(environment, built);
    const code = readFileSync(join(built, 'index.js'), 'utf8');
    // Its map stays behind: it is larger than all the rest.
    writeFileSync(join(folder, 'client.js'), code.replace(/\n\/\/# sourceMappingURL=.*\n?$/, '\n'));
  } finally {
    rmSync(built, { recursive: true, force: true });
  }
}

function readStamp() {
  const file = join(dashboardFolder, stampName);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

function putInPlace(aside) {
  const old = `${aside}-old`;
  try {
    if (existsSync(dashboardFolder)) renameSync(dashboardFolder, old);
    renameSync(aside, dashboardFolder);
  } catch (error) {
    // Another build was put there in between; it is of the same sources or of newer ones.
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST' && error.code !== 'ENOENT') throw error;
  } finally {
    rmSync(old, { recursive: true, force: true });
  }
}

function compressAll(folder) {
  for (const file of filesIn(folder).filter((path) => compressible.test(path))) {
    const bytes = readFileSync(file);
    writeFileSync(`${file}.gz`, gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }));
    writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  }
}

/** Over the names and the bytes of every file. */
function digestOf(places) {
  const hash = createHash('sha256');
  for (const file of places.flatMap((place) => filesIn(join(repositoryRoot, place))).sort()) {
    hash
      .update(`${relative(repositoryRoot, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/** Every file below a folder; the file itself where it is one; nothing where there is none. */
function filesIn(place) {
  if (!existsSync(place)) return [];
  try {
    return readdirSync(place, { withFileTypes: true }).flatMap((entry) => filesIn(join(place, entry.name)));
  } catch (error) {
    if (error.code === 'ENOTDIR') return [place];
    throw error;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const { environment } = await setUp();
    console.log(`The live page is in ${relative(process.cwd(), await ensureDashboard(environment)) || '.'}.`);
    return 0;
  });
}
