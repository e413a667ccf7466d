import { describe, expect, test } from 'vitest';
import { exchange } from './exchange.ts';
import { ScriptedChain } from './scripted-chain.ts';
import { ScriptedProvider } from './scripted-provider.ts';
import { ScriptedSession } from './scripted-session.ts';

const alice = '0x00000000000000000000000000000000000a11ce';

function setUp(): { readonly chain: ScriptedChain; readonly provider: ScriptedProvider } {
  const chain = new ScriptedChain({ chainId: 1337, genesisTimeMs: 0 });
  return { chain, provider: new ScriptedProvider({ name: 'main' }, { chain }) };
}

type Fields = Readonly<Record<string, unknown>>;

function ask(provider: ScriptedProvider, method: string, params: readonly unknown[] = [], now = 0): unknown {
  const { outcome } = provider.answer({ method, params }, now);
  if (outcome === null) throw new Error('not carried out');
  return 'error' in outcome ? outcome.error : outcome.result;
}

describe('a provider has its own view', () => {
  test('lagging: it shows less, and what is mined beyond it as pending (F01)', () => {
    const { chain, provider } = setUp();
    chain.mine({ count: 2 });
    const transaction = chain.submit({ from: alice });
    const block = chain.mine();
    provider.view.lag = 2;
    expect(ask(provider, 'eth_blockNumber')).toBe('0x1');
    expect(ask(provider, 'eth_getBlockByHash', [block.hash, false])).toBeNull();
    expect(ask(provider, 'eth_getBlockByNumber', ['0x3', false])).toBeNull();
    expect(ask(provider, 'eth_getTransactionReceipt', [transaction.hash])).toBeNull();
    expect(ask(provider, 'eth_getTransactionByHash', [transaction.hash])).toMatchObject({ blockHash: null });
    expect(ask(provider, 'eth_getTransactionCount', [alice, 'latest'])).toBe('0x0');
    provider.view.lag = 0;
    expect(ask(provider, 'eth_getTransactionReceipt', [transaction.hash])).toMatchObject({ blockHash: block.hash });
  });

  test('pinned to a fork, it follows that branch as it grows (F03)', () => {
    const { chain, provider } = setUp();
    chain.mine({ count: 3 });
    const branch = chain.fork(1);
    provider.view.pin = branch;
    branch.mine({ count: 1, transactions: [{ from: alice }] });
    const tip = branch.mine();
    expect(ask(provider, 'eth_getBlockByNumber', ['latest', false])).toMatchObject({ hash: tip.hash });
    expect(ask(provider, 'eth_getTransactionCount', [alice, 'latest'])).toBe('0x1');
    expect(ask(provider, 'eth_getBlockByHash', [chain.head.hash, false])).toMatchObject({ hash: chain.head.hash });
    provider.view.ownPathOnly = true;
    expect(ask(provider, 'eth_getBlockByHash', [chain.head.hash, false])).toBeNull();
  });

  test('frozen at a block it stays there (F17)', () => {
    const { chain, provider } = setUp();
    const tip = chain.mine();
    provider.view.pin = { tip };
    chain.mine({ count: 5 });
    expect(ask(provider, 'eth_blockNumber')).toBe('0x1');
  });

  test('each provider shows the pool as it likes (F19, H71)', () => {
    const { chain, provider } = setUp();
    const { hash } = chain.submit({ from: alice });
    provider.view.hide(hash);
    expect(ask(provider, 'eth_getTransactionByHash', [hash])).toBeNull();
    provider.view.show(hash);
    expect(ask(provider, 'eth_getTransactionByHash', [hash])).toMatchObject({ hash, blockNumber: null });
    expect(ask(provider, 'eth_getTransactionCount', [alice, 'pending'])).toBe('0x1');
    expect(ask(provider, 'txpool_status')).toEqual({ pending: '0x1', queued: '0x0' });
    provider.view.hidesPool = true;
    expect(ask(provider, 'eth_getTransactionByHash', [hash])).toBeNull();
    expect(ask(provider, 'eth_getTransactionCount', [alice, 'pending'])).toBe('0x0');
  });

  test('its tags: none at first, then as far as its path goes along (H17, H19)', () => {
    const { chain, provider } = setUp();
    chain.mine({ count: 4 });
    expect(ask(provider, 'eth_getBlockByNumber', ['finalized', false])).toEqual({
      code: -32000,
      message: 'finalized block not found',
    });
    chain.setFinalized(chain.blocks.at(3, chain.head)?.hash ?? null);
    expect(ask(provider, 'eth_getBlockByNumber', ['finalized', false])).toMatchObject({ number: '0x3' });
    provider.view.lag = 2;
    expect(ask(provider, 'eth_getBlockByNumber', ['finalized', false])).toMatchObject({ number: '0x2' });
    expect(ask(provider, 'eth_getBlockByNumber', ['earliest', false])).toMatchObject({ hash: chain.genesis.hash });
    expect(ask(provider, 'eth_getBlockByNumber', ['pending', false])).toMatchObject({ hash: null, number: '0x3' });
  });
});

describe('faults in what is answered', () => {
  test('receipts of the block that was left (H32, F09)', () => {
    const { chain, provider } = setUp();
    const { hash } = chain.submit({ from: alice });
    const old = chain.mine();
    chain.reorg({ depth: 1 });
    provider.fault({ fault: { kind: 'orphaned_receipts' } });
    expect(ask(provider, 'eth_getTransactionReceipt', [hash])).toMatchObject({ blockHash: old.hash });
    expect(ask(provider, 'eth_getBlockReceipts', ['0x1'])).toMatchObject([{ blockHash: old.hash }]);
  });

  test('null, empty and short receipts (H30, H34, F08)', () => {
    const { chain, provider } = setUp();
    const { hash } = chain.submit({ from: alice });
    chain.submit({ from: alice });
    chain.mine();
    const clear = provider.fault({ fault: { kind: 'null_result' } });
    expect(ask(provider, 'eth_getTransactionReceipt', [hash])).toBeNull();
    expect(ask(provider, 'eth_getBlockReceipts', ['latest'])).toBeNull();
    clear();
    provider.fault({ fault: { kind: 'short_receipts' }, times: 1 });
    expect(ask(provider, 'eth_getBlockReceipts', ['latest'])).toHaveLength(1);
    expect(ask(provider, 'eth_getBlockReceipts', ['latest'])).toHaveLength(2);
    provider.fault({ fault: { kind: 'empty_receipts' } });
    expect(ask(provider, 'eth_getBlockReceipts', ['latest'])).toEqual([]);
    provider.faults.clear();
    provider.fault({ fault: { kind: 'unknown_transaction' }, when: (params) => params[0] === hash });
    expect(ask(provider, 'eth_getTransactionByHash', [hash])).toBeNull();
  });

  test('blocks that lie: no transactions, another parent, a number beyond 2^53, a field less (H10, F10, F13)', () => {
    const { chain, provider } = setUp();
    chain.submit({ from: alice });
    const block = chain.mine();
    const read = () => ask(provider, 'eth_getBlockByNumber', ['latest', true]) as Fields;
    const clearEmpty = provider.fault({ fault: { kind: 'empty_block' } });
    expect(read()).toMatchObject({ transactions: [], transactionsRoot: block.roots.transactions });
    clearEmpty();
    const clearParent = provider.fault({ fault: { kind: 'forged_parent' } });
    expect(read()['parentHash']).not.toBe(block.parentHash);
    clearParent();
    const clearNumber = provider.fault({ fault: { kind: 'unsafe_number' } });
    expect(read()['number']).toBe('0x20000000000001');
    clearNumber();
    provider.fault({ fault: { kind: 'missing_field', field: 'hash' } });
    expect(Object.keys(read())).not.toContain('hash');
  });

  test('the wrong chain, a tag unknown, errors, and whatever a script makes up (H85, H98)', () => {
    const { chain, provider } = setUp();
    chain.mine({ transactions: [{ from: alice }] });
    provider.fault({ fault: { kind: 'wrong_chain_id', chainId: 5 } });
    expect([ask(provider, 'eth_chainId'), ask(provider, 'net_version')]).toEqual(['0x5', '5']);
    chain.setFinalized(chain.head.hash);
    provider.fault({ fault: { kind: 'missing_tag', tag: 'finalized' } });
    expect(ask(provider, 'eth_getBlockByNumber', ['finalized', false])).toMatchObject({ code: -32000 });
    provider.fault({
      fault: { kind: 'error', code: 3, message: 'execution reverted', data: '0x01' },
      methods: ['eth_call'],
    });
    expect(ask(provider, 'eth_call', [{ to: alice }])).toEqual({
      code: 3,
      message: 'execution reverted',
      data: '0x01',
    });
    const alter = (result: unknown) =>
      (result as Fields[]).map(({ status: _status, ...rest }) => ({ ...rest, root: '0x00' }));
    provider.fault({ fault: { kind: 'altered', alter }, methods: ['eth_getBlockReceipts'] });
    expect(ask(provider, 'eth_getBlockReceipts', ['latest'])).toMatchObject([{ root: '0x00' }]);
  });
});

describe('when a fault strikes', () => {
  test('by chance it depends on seed, call and time, and not on the order of calls', () => {
    const draw = (order: readonly number[]) => {
      const { provider } = setUp();
      provider.fault({ fault: { kind: 'error', code: -32000, message: 'busy' }, probability: 0.3, seed: 7 });
      return new Map(order.map((now) => [now, ask(provider, 'eth_blockNumber', [], now * 1000) !== '0x0']));
    };
    const times = Array.from({ length: 400 }, (_, index) => index);
    const forward = draw(times);
    const backward = draw(times.toReversed());
    expect(times.map((now) => forward.get(now))).toEqual(times.map((now) => backward.get(now)));
    const struck = times.filter((now) => forward.get(now)).length;
    expect(struck).toBeGreaterThan(80);
    expect(struck).toBeLessThan(160);
  });

  test('what a silencing fault stops is not done, unless it strikes after the work (H81, H84)', () => {
    const { chain, provider } = setUp();
    const sent: string[] = [];
    chain.watch((change) => sent.push(change.kind));
    const work = { kind: 'altered', alter: () => chain.submit({ from: alice }).hash } as const;
    provider.fault({ fault: work, methods: ['eth_gasPrice'] });
    provider.fault({ fault: { kind: 'hang' }, times: 1 });
    expect(provider.answer({ method: 'eth_gasPrice', params: [] }, 0).outcome).toBeNull();
    expect(sent).toEqual([]);
    provider.fault({ fault: { kind: 'http_status', status: 500 }, afterWork: true });
    expect(provider.answer({ method: 'eth_gasPrice', params: [] }, 0).outcome).not.toBeNull();
    expect(sent).toEqual(['pool']);
  });

  test('an exchange names every kind of fault that struck it, of its content too', () => {
    const { provider } = setUp();
    const body = '[{"id":1,"method":"eth_gasPrice"},{"id":2,"method":"eth_chainId"}]';
    expect(exchange(provider, body, 0).struck).toEqual([]);
    provider.fault({ fault: { kind: 'null_result' }, methods: ['eth_gasPrice'] });
    provider.fault({ fault: { kind: 'batch_reversed' } });
    expect(exchange(provider, body, 0).struck).toEqual(['null_result', 'batch_reversed']);
  });

  test('calls are counted by method', () => {
    const { provider } = setUp();
    ask(provider, 'eth_blockNumber');
    exchange(provider, '[{"id":1,"method":"eth_blockNumber"},{"id":2,"method":"eth_chainId"}]', 0);
    expect(provider.counts()).toEqual({ eth_blockNumber: 2, eth_chainId: 1 });
    expect(provider.count()).toBe(3);
    provider.resetCounts();
    expect(provider.count()).toBe(0);
  });
});

describe('pushes', () => {
  const numbers = (provider: ScriptedProvider) =>
    provider.pushes(null, 0).map((push) => Number((push.render(false) as Fields)['number']));

  test('a head is announced once, and of a longer jump only its end (H02, H03)', () => {
    const { chain, provider } = setUp();
    chain.mine();
    expect(numbers(provider)).toEqual([1]);
    expect(numbers(provider)).toEqual([]);
    chain.mine({ count: 3 });
    expect(numbers(provider)).toEqual([4]);
  });

  test('deaf, skipped, repeated, out of order (F14, F15, H01, H04)', () => {
    const { chain, provider } = setUp();
    const mined = () => {
      chain.mine();
      return numbers(provider);
    };
    const clear = provider.fault({ fault: { kind: 'deaf' } });
    expect(mined()).toEqual([]);
    clear();
    provider.fault({ fault: { kind: 'skipped_heads' }, times: 1 });
    expect([mined(), mined()]).toEqual([[], [3]]);
    provider.fault({ fault: { kind: 'repeated_heads' }, times: 1 });
    expect(mined()).toEqual([4, 4]);
    provider.fault({ fault: { kind: 'unordered_heads' } });
    expect([mined(), mined(), mined(), mined()]).toEqual([[], [6, 5], [], [8, 7]]);
  });

  test('subscriptions of two sockets have different ids; a topic reaches those that asked for it (F15)', () => {
    const { chain, provider } = setUp();
    const [first, second] = ['1', '2'].map((name) => new ScriptedSession({ name }, { provider }));
    const subscribe = '{"id":1,"method":"eth_subscribe","params":["newHeads"]}';
    const ids = [first, second].map(
      (session) => (JSON.parse(session?.receive(subscribe, 0).body ?? '') as Fields)['result'],
    );
    expect(new Set(ids).size).toBe(2);
    second?.receive(`{"id":2,"method":"eth_unsubscribe","params":["${String(ids[1])}"]}`, 0);
    second?.receive('{"id":3,"method":"eth_subscribe","params":["newPendingTransactions",true]}', 0);
    chain.mine();
    const [head] = provider.pushes(null, 0);
    expect(head === undefined ? null : [first?.notifications(head).length, second?.notifications(head).length]).toEqual(
      [1, 0],
    );
    const transaction = chain.submit({ from: alice });
    const [pending] = provider.pushes({ kind: 'pool', transaction }, 0);
    const frames = pending === undefined ? [] : (second?.notifications(pending) ?? []);
    expect(JSON.parse(frames[0] ?? '{}')).toMatchObject({
      params: { result: { hash: transaction.hash, from: alice } },
    });
  });
});
