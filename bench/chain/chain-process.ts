/**
 * The chain of a bench as a process of its own: the scripted chain, served by one provider. It is told
 * by messages what to make and when to show it, so that all of a block's work but its showing is
 * done before the time is taken.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { nodeListener } from '../../src/adapters/node/node-listener.ts';
import { createSystemClock } from '../../src/adapters/node/system-clock.ts';
import { createTimerScheduler } from '../../src/adapters/node/timer-scheduler.ts';
import { ScriptedChain } from '../../src/scripted-chain/scripted-chain.ts';
import { createScriptedChainServer } from '../../src/scripted-chain/scripted-chain-server.ts';
import type { ScriptedBlock } from '../../src/scripted-chain/scripted-block.ts';
import { ScriptedProvider } from '../../src/scripted-chain/scripted-provider.ts';
import { transactionFromSpec, type ScriptedTransaction } from '../../src/scripted-chain/scripted-transaction.ts';
import type { ChainReply, ChainRequest, ShownBlock } from './chain-messages.ts';

const chainId = 31_337;
/** Each with nonces of its own, so that no look into one sender's pool is long. */
const senders = 1_000;

const chain = new ScriptedChain({
  chainId,
  genesisTimeMs: Date.now() - 3_600_000,
  blockTimeMs: 1_000,
  gasLimit: 1_000_000_000_000n,
  poolLimit: 1_000_000,
});
const provider = new ScriptedProvider({ name: 'one' }, { chain });
const server = createScriptedChainServer(
  {},
  {
    chain,
    providers: [provider],
    listener: nodeListener,
    clock: createSystemClock(),
    scheduler: createTimerScheduler(),
  },
);
/** Prepared and not in a staged block yet, oldest first; those before `next` are. */
const prepared: ScriptedTransaction[] = [];
const staged: ScriptedBlock[] = [];
let next = 0;
let fillers = 0;
let tip = chain.genesis;

function addressOf(number: number): string {
  return `0x${number.toString(16).padStart(40, '0')}`;
}

function prepare(count: number, pooled: boolean): readonly string[] {
  return Array.from({ length: count }, () => {
    const number = prepared.length;
    const nonce = Math.floor(number / senders);
    const transaction = transactionFromSpec({ from: addressOf(1 + (number % senders)) }, chainId, nonce);
    prepared.push(transaction);
    if (pooled) chain.submit(transaction);
    return transaction.hash;
  });
}

/** A transaction that nobody tracks. */
function filler(): ScriptedTransaction {
  const [sender, nonce] = [fillers % senders, Math.floor(fillers / senders)];
  fillers += 1;
  return transactionFromSpec({ from: addressOf(1_000_000 + sender) }, chainId, nonce);
}

function stage(tracked: number, size: number): void {
  if (next + tracked > prepared.length) throw new Error(`${tracked} transactions are to be mined, fewer are prepared`);
  const transactions = prepared.slice(next, next + tracked);
  next += tracked;
  while (transactions.length < size) transactions.push(filler());
  tip = chain.mine({ parent: tip.hash, transactions, becomesHead: false });
  staged.push(tip);
}

async function play(count: number, intervalMs: number): Promise<readonly ShownBlock[]> {
  const blocks = staged.splice(0, count);
  const startMs = monotonicMs() + intervalMs;
  const shown: ShownBlock[] = [];
  for (const [index, block] of blocks.entries()) {
    const intendedMs = startMs + index * intervalMs;
    const waitMs = intendedMs - monotonicMs();
    if (waitMs > 0) await sleep(waitMs);
    const visibleMs = monotonicMs();
    chain.setHead(block.hash);
    shown.push({ number: block.number, intendedMs, visibleMs });
  }
  return shown;
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

async function answer(request: ChainRequest): Promise<ChainReply> {
  if (request.kind === 'prepare') return { kind: 'hashes', hashes: prepare(request.count, request.pooled) };
  if (request.kind === 'play') return { kind: 'shown', blocks: await play(request.count, request.intervalMs) };
  if (request.kind === 'stage') {
    for (const { tracked, size } of request.blocks) stage(tracked, size);
    return { kind: 'done' };
  }
  const calls = provider.counts();
  provider.resetCounts();
  return { kind: 'calls', calls };
}

let queue: Promise<unknown> = Promise.resolve();
process.on('message', (request: ChainRequest) => {
  queue = queue.then(async () => process.send?.(await answer(request)));
});
// Whoever started it is gone: nobody will ever ask again.
process.on('disconnect', () => process.exit(0));

await server.start();
process.send?.({ kind: 'ready', ...server.url('one') } satisfies ChainReply);
