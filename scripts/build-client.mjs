// Builds the package @txtrail/client as it is published: one JavaScript file, its types, and a manifest
// that names them. By itself: npm run build:client

import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { repositoryRoot, run, runMain, setUp, SetupError } from './setup.mjs';

const workspace = join(repositoryRoot, 'client');
/** What `npm publish` takes. */
export const clientFolder = join(workspace, 'dist');

/**
 * Builds the package into a folder, which is emptied before.
 * @param {NodeJS.ProcessEnv} environment with the installed tools on its PATH, as `setUp` gives it
 * @param {string} folder
 */
export async function buildClient(environment, folder) {
  await bundleClient(environment, folder);
  await declareTypes(environment, join(folder, 'types'));
  for (const [from, name] of [
    [join(workspace, 'README.md'), 'README.md'],
    [join(repositoryRoot, 'LICENSE'), 'LICENSE'],
  ]) {
    copyFileSync(from, join(folder, name));
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(), null, 2)}\n`);
}

/** Only the JavaScript: `index.js` with its map. */
export async function bundleClient(environment, folder) {
  await insist('vite', ['build', '--logLevel', 'warn', '--outDir', folder, '--emptyOutDir'], {
    cwd: workspace,
    env: { ...environment, NODE_ENV: 'production' },
  });
}

/** The types of the client, and those of the protocol that they are made of. */
async function declareTypes(environment, folder) {
  const aside = mkdtempSync(join(tmpdir(), 'txtrail-types-'));
  try {
    await insist('tsc', ['-p', 'tsconfig.build.json', '--outDir', aside], { cwd: workspace, env: environment });
    for (const file of readdirSync(aside, { recursive: true }).filter((name) => name.endsWith('.d.ts'))) {
      const target = join(folder, file.replace(/\bsrc\//, ''));
      mkdirSync(dirname(target), { recursive: true });
      const protocol = relative(dirname(target), join(folder, 'protocol', 'index.js')).replaceAll('\\', '/');
      const text = readFileSync(join(aside, file), 'utf8')
        .replaceAll("'@txtrail/protocol'", `'${protocol}'`)
        .replace(/(from '\.[^']*)\.ts'/g, "$1.js'");
      writeFileSync(target, text);
    }
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

/** The manifest of the sources, with what is built in the place of what it is built from. */
function publishedManifest() {
  const { exports: _sources, ...manifest } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'));
  return {
    ...manifest,
    engines: { node: '>=20' },
    exports: { '.': { types: './types/client/index.d.ts', default: './index.js' } },
    types: './types/client/index.d.ts',
    files: ['index.js', 'index.js.map', 'types'],
  };
}

async function insist(command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new SetupError(`The client could not be built: ${command} ended with exit code ${code}.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const { environment } = await setUp();
    await buildClient(environment, clientFolder);
    console.log(`The package is in ${relative(process.cwd(), clientFolder)}.`);
    return 0;
  });
}
