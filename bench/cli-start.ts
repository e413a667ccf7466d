/**
 * How long a command takes from its start to its first output, beside a bare Node that prints one
 * character, in turns:
 *
 *   node bench/cli-start.ts [ROUNDS]
 *
 * Prints one JSON line a command: least, median and 90th percentile in milliseconds, and the ratio of
 * the medians. `first` is a start without compiled code, as the first one after an installation or an
 * update; the others find it in node_modules/.cache/txtrail. `status` asks a server on this machine
 * that answers at once.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Chain } from '@txtrail/client';

const launcher = join(import.meta.dirname, '..', 'src', 'cli', 'txtrail.mjs');
const bare = ['-e', 'process.stdout.write(".")'];
const commands: readonly (readonly string[])[] = [
  ['--version'],
  ['--help'],
  ['track', '--help'],
  ['start', '--help'],
  ['status'],
];

const rounds = Number(process.argv[2] ?? 30);
const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ data: [chain()], nextCursor: null }));
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const environment = {
  ...process.env,
  TXTRAIL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  TXTRAIL_API_KEY: 'key-of-nobody-0123456789-0123456789',
};

for (const command of commands) {
  const times = { bare: [] as number[], first: [] as number[], command: [] as number[] };
  for (let round = 0; round <= rounds; round += 1) {
    const measured = {
      bare: await firstOutputMs(bare, environment),
      first: await firstOutputMs([launcher, ...command], { ...environment, NODE_DISABLE_COMPILE_CACHE: '1' }),
      command: await firstOutputMs([launcher, ...command], environment),
    };
    // The first round fills the caches of the disk and the compiler.
    if (round > 0) for (const name of ['bare', 'first', 'command'] as const) times[name].push(measured[name]);
  }
  const [ours, first, theirs] = [quantile(times.command, 0.5), quantile(times.first, 0.5), quantile(times.bare, 0.5)];
  console.log(
    JSON.stringify({
      command: `txtrail ${command.join(' ')}`,
      rounds,
      leastMs: quantile(times.command, 0),
      medianMs: ours,
      p90Ms: quantile(times.command, 0.9),
      firstMedianMs: first,
      bareLeastMs: quantile(times.bare, 0),
      bareMedianMs: theirs,
      ratio: Number((ours / theirs).toFixed(2)),
    }),
  );
}
server.close();

/** @throws Error where the command fails or says nothing */
function firstOutputMs(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number> {
  const start = performance.now();
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let firstMs: number | null = null;
  child.stdout.on('data', () => {
    firstMs ??= performance.now() - start;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0 && firstMs !== null) resolve(firstMs);
      else reject(new Error(`${args.join(' ')} ended with ${code}`));
    });
  });
}

function quantile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((one, other) => one - other);
  return Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1));
}

function chain(): Chain {
  const block = { number: 19_000_000, hash: `0x${'ab'.repeat(32)}` };
  const provider = { role: 'primary', state: 'leading', reason: null, head: block.number, lag: 0 } as const;
  return {
    chain: 'eip155:1',
    name: 'ethereum',
    chainId: 1,
    head: { ...block, timestamp: '2026-01-31T12:00:00.000Z' },
    finality: { source: 'tag', safe: block, finalized: block },
    lag: 0,
    providers: [{ name: 'main', ...provider }],
  };
}
