import { describe, expect, test } from 'vitest';
import { ManualScheduler } from '../../test/harness/manual-scheduler.ts';
import { manualClock } from '../../test/harness/recording-ports.ts';
import { seededRandom } from '../lib/seeded-random.ts';
import { knownWallets, revertingAddress } from './accounts.ts';
import { restingBaseFee } from './fee-market.ts';
import { blocksBelowFloor, leastKeptFeeCap } from './price-floor.ts';
import { SandboxChain } from './sandbox-chain.ts';

const from = knownWallets[0]!.address;
const blockTimeMs = 2000;

function newRig() {
  const base = manualClock(1_700_000_000_000);
  // The wall clock may be set; time itself goes on.
  const clock = Object.assign(base, { setMs: 0, now: () => base.nowMs + clock.setMs });
  const scheduler = new ManualScheduler();
  const sandbox = new SandboxChain(
    { chainId: 31_337, blockTimeMs },
    { clock, scheduler, fraction: seededRandom(3), rivalOf: () => null },
  );
  return {
    clock,
    scheduler,
    sandbox,
    chain: sandbox.chain,
    blocks: (count: number) => scheduler.pass(count * blockTimeMs, clock),
  };
}

describe('the chain of the sandbox', () => {
  test('has something final from the beginning, and mines by the clock', async () => {
    const { sandbox, chain, blocks, clock } = newRig();
    expect(chain.finalized?.number).toBe(chain.head.number - 8);
    expect(chain.safe?.number).toBe(chain.head.number - 4);
    const before = chain.head.number;
    await blocks(3);
    expect(chain.head.number).toBe(before);
    sandbox.start();
    await blocks(5);
    expect(chain.head.number).toBe(before + 5);
    expect(chain.head.timestampMs).toBe(clock.now());
    sandbox.stop();
    await blocks(5);
    expect(chain.head.number).toBe(before + 5);
  });

  test('does not mine the blocks that it slept through, and never sets a time back', async () => {
    const { sandbox, chain, blocks, clock } = newRig();
    sandbox.start();
    await blocks(1);
    const { number, timestampMs } = chain.head;
    clock.nowMs += 3_600_000;
    await blocks(2);
    expect(chain.head.number).toBeLessThanOrEqual(number + 3);
    const last = chain.head;
    expect(last.timestampMs).toBeGreaterThan(timestampMs);
    clock.setMs = -7_200_000;
    await blocks(1);
    expect(chain.head.number).toBe(last.number + 1);
    expect(chain.head.timestampMs).toBe(last.timestampMs + 1);
  });

  test('reverts what is not final, and no final block', async () => {
    const { sandbox, chain, blocks } = newRig();
    sandbox.start();
    await blocks(3);
    expect(sandbox.deepestReorg).toBe(8);
    const { head, finalized } = chain;
    sandbox.reorg(8);
    expect(chain.head.number).toBe(head.number + 1);
    expect(chain.blocks.ancestor(head, chain.head).number).toBe(head.number - 8);
    expect(chain.blocks.isOn(finalized!, chain.head)).toBe(true);
  });

  test('reverts what is sent to the address that always reverts', async () => {
    const { sandbox, chain, blocks } = newRig();
    chain.submit({ from, to: revertingAddress, value: 5n, gas: 60_000n });
    chain.submit({ from, to: knownWallets[1]!.address, value: 5n });
    sandbox.start();
    await blocks(1);
    expect(chain.head.receipts.map(({ status }) => status)).toEqual(['reverted', 'success']);
    expect(chain.account(revertingAddress).balance).toBe(0n);
  });
});

describe('the base fee', () => {
  test('wavers about a gwei, rises by at most an eighth a block in a spike, and comes back', async () => {
    const { sandbox, chain, blocks } = newRig();
    sandbox.start();
    const fees: bigint[] = [];
    const run = async (count: number): Promise<void> => {
      for (let block = 0; block < count; block += 1) {
        await blocks(1);
        fees.push(chain.head.baseFeePerGas);
      }
    };
    const isResting = (fee: bigint): boolean =>
      fee >= (restingBaseFee * 9n) / 10n && fee <= (restingBaseFee * 11n) / 10n;
    await run(50);
    expect(fees.every(isResting)).toBe(true);
    expect(new Set(fees).size).toBeGreaterThan(10);
    sandbox.fees.spike(30_000);
    expect(sandbox.fees.spikeUntilMs).not.toBeNull();
    await run(15);
    expect(chain.head.baseFeePerGas).toBeGreaterThan(restingBaseFee * 4n);
    expect(sandbox.fees.spikeUntilMs).toBeNull();
    await run(25);
    expect(isResting(chain.head.baseFeePerGas)).toBe(true);
    fees.reduce((before, fee) => {
      expect(fee <= before + before / 8n && fee >= before - before / 8n - 1n).toBe(true);
      return fee;
    });
  });

  test('is what the pending block and the fee history say that it will be', () => {
    const { chain, sandbox } = newRig();
    sandbox.fees.spike(30_000);
    const foretold = [chain.preview().baseFeePerGas, chain.nextBaseFee()];
    chain.mine();
    expect(foretold).toEqual([chain.head.baseFeePerGas, chain.head.baseFeePerGas]);
  });
});

describe('the pool', () => {
  test('drops what offers next to nothing after some blocks, and keeps what is only too cheap at present', async () => {
    const { sandbox, chain, blocks } = newRig();
    const dust = chain.submit({ from, maxFeePerGas: leastKeptFeeCap - 1n, maxPriorityFeePerGas: 0n });
    const cheap = chain.submit({
      from: knownWallets[1]!.address,
      maxFeePerGas: leastKeptFeeCap,
      maxPriorityFeePerGas: 0n,
    });
    sandbox.start();
    await blocks(blocksBelowFloor);
    expect(chain.pool.get(dust.hash)).not.toBeNull();
    await blocks(1);
    expect([chain.pool.get(dust.hash), chain.pool.get(cheap.hash)?.hash]).toEqual([null, cheap.hash]);
  });
});
