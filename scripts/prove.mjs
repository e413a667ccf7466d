// npm run prove -- NAME: the full size of a long run. Its raw output is kept in bench/results/.

import { spawn, spawnSync } from 'node:child_process';
import { createWriteStream, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot, runMain, setUp } from './setup.mjs';

const proofsFolder = join(repositoryRoot, 'bench', 'prove');
const resultsFolder = join(repositoryRoot, 'bench', 'results');

await runMain(async () => {
  const [name, ...rest] = process.argv.slice(2);
  const names = proofNames();
  if (name === undefined || !names.includes(name)) {
    console.error(`usage: npm run prove -- NAME [options]\nnames: ${names.join(', ') || '(none yet)'}`);
    return 2;
  }
  const { node, environment } = await setUp();
  mkdirSync(resultsFolder, { recursive: true });
  const startedAt = new Date();
  const resultFile = join(resultsFolder, `${name}-${startedAt.toISOString().slice(0, 19).replaceAll(':', '')}.txt`);
  const code = await recordRun(node, [join('bench', 'prove', `${name}.ts`), ...rest], environment, {
    resultFile,
    heading: machineFacts(node, name, rest, startedAt),
  });
  console.log(`\nwritten to ${resultFile.slice(repositoryRoot.length + 1)}`);
  return code;
});

function proofNames() {
  if (!existsSync(proofsFolder)) return [];
  return readdirSync(proofsFolder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort();
}

function machineFacts(node, name, rest, startedAt) {
  const cores = cpus();
  const commit = output('git', ['rev-parse', 'HEAD']) || 'unknown';
  const changed = output('git', ['status', '--porcelain']) === '' ? '' : ' (with uncommitted changes)';
  return [
    `command: npm run prove -- ${[name, ...rest].join(' ')}`,
    `started: ${startedAt.toISOString()}`,
    `machine: ${cores.length} cores (${cores[0]?.model ?? 'unknown'}), ${(totalmem() / 2 ** 30).toFixed(1)} GiB`,
    `node: ${output(node, ['--version'])}`,
    `commit: ${commit}${changed}`,
    '',
    '',
  ].join('\n');
}

/** Runs the proof with its output both shown and kept; gives its exit code. */
function recordRun(node, nodeArguments, environment, { resultFile, heading }) {
  return new Promise((resolve, reject) => {
    const file = createWriteStream(resultFile);
    file.write(heading);
    process.stdout.write(heading);
    const child = spawn(node, nodeArguments, {
      cwd: repositoryRoot,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.on('data', (chunk) => {
        to.write(chunk);
        file.write(chunk);
      });
    }
    child.once('error', reject);
    child.once('close', (code, signal) => {
      file.end(`\nexit: ${code ?? signal}\n`, () => resolve(code ?? 1));
    });
  });
}

function output(command, commandArguments) {
  const answer = spawnSync(command, commandArguments, { cwd: repositoryRoot, encoding: 'utf8' });
  return answer.status === 0 ? answer.stdout.trim() : '';
}
