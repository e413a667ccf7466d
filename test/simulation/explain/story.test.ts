import { describe, expect, test } from 'vitest';
import { sampleEvent, sampleTransaction } from '../../../dashboard/src/model/transaction-sample.ts';
import type { Exchange } from '../../../src/scripted-chain/exchange.ts';
import type { ToldBlock, ToldTransaction } from '../context.ts';
import { beginMs } from '../seed-plan.ts';
import type { ToldEvent } from './decided-lines.ts';
import type { ChainFact, Happening } from './recording.ts';
import { tellStory } from './story.ts';
import { storyText } from './story-text.ts';
import { chooseSubject } from './subject.ts';

const transaction = sampleTransaction(7);
const { id, hash, chain } = transaction;
const told: ToldTransaction = { hash, from: `0x${'a1'.repeat(20)}`, nonce: 4, to: null, value: 5n, input: '0x' };
const rival = { ...told, hash: `0x${'cc'.repeat(32)}`, value: 6n };
const hashOf = (name: string): string => `0x${name.charCodeAt(0).toString(16).repeat(32)}`;

/** A run written by hand: a second passes before each thing that happens. */
class Written {
  readonly happenings: Happening[] = [];
  #atMs = 0;

  chain(...facts: readonly ChainFact[]): this {
    this.#atMs += 1_000;
    for (const fact of facts) this.happenings.push({ kind: 'chain', atMs: this.#atMs, chain, fact });
    return this;
  }

  says(provider: string, method: string, params: readonly unknown[], answer: Partial<Exchange>): this {
    this.#atMs += 1_000;
    const request = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
    const whole = { status: 200, headers: {}, delayMs: 0, manner: 'whole', byteDelayMs: 0, struck: [] } as const;
    const rpc = { request, answer: { ...whole, body: null, ...answer } };
    this.happenings.push({
      kind: 'port',
      atMs: this.#atMs,
      entry: { atMs: this.#atMs, kind: 'rpc', who: `${provider}.chain0.sim`, text: '', rpc },
    });
    return this;
  }

  port(kind: string, who: string, text: string): this {
    this.#atMs += 1_000;
    this.happenings.push({ kind: 'port', atMs: this.#atMs, entry: { atMs: this.#atMs, kind, who, text } });
    return this;
  }

  next(happening: (atMs: number) => Happening): this {
    this.#atMs += 1_000;
    this.happenings.push(happening(this.#atMs));
    return this;
  }
}

function block(name: string, parent: string, number: number, transactions: readonly ToldTransaction[] = []): ToldBlock {
  const held = transactions.map((one) => ({ ...one, execution: 'success' as const }));
  return { hash: hashOf(name), parentHash: hashOf(parent), number, timestampMs: 0, transactions: held };
}

const built = (...given: Parameters<typeof block>): ChainFact => ({ kind: 'block', block: block(...given) });
const head = (name: string): ChainFact => ({ kind: 'head', hash: hashOf(name) });
const result = (value: unknown): Partial<Exchange> => ({
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, result: value }),
});

function storyOf({ happenings }: Written, history: readonly ToldEvent[] = []): readonly string[] {
  const subject = chooseSubject(happenings, null);
  if (subject === null) throw new Error('nothing to tell');
  const story = tellStory(happenings, { subject, finalityDepth: null, histories: new Map([[id, history]]) });
  return storyText(story, { width: 160, isColoured: false });
}

describe('the story of a transaction', () => {
  test('tells the chain, a provider with its faults, the verdict with its rule, and what a reader got', () => {
    const included = sampleEvent({ ...transaction, blockNumber: 2, blockHash: hashOf('b') }, 1, 'included');
    const event = { ...included, time: new Date(beginMs + 6_500).toISOString() };
    const evidence = { rule: 'R04', providers: ['alpha'], block: { number: 2, hash: hashOf('b') } };
    const run = new Written()
      .chain(built('a', '0', 1), head('a'))
      .chain({ kind: 'made', transaction: told }, { kind: 'pool', transaction: told })
      .next((atMs) => ({ kind: 'asked', atMs, request: { chain, hash }, hash }))
      .chain(built('b', 'a', 2, [told]), head('b'))
      .says('alpha', 'eth_getTransactionReceipt', [hash], { ...result(null), struck: ['null_result'] })
      .next((atMs) => ({ kind: 'registered', atMs, transaction }))
      .next((atMs) => ({ kind: 'received', atMs, reader: 'of default', event }));
    expect(storyOf(run, [{ ...event, evidence }])).toEqual([
      '    2.000 chain    it is made: 0xa1a1…a1a1 sends 5 wei to nobody with nonce 4',
      '    2.000 chain    it is in the pool',
      '    3.000 client   asks to track it',
      '    4.000 chain    MINED: block 2 0x62626262… of the chain holds it (success)',
      '    5.000 alpha    eth_getTransactionReceipt of it → null   ! null_result',
      '    6.500 DECIDED  #1 included in block 2 0x62626262… · R04: a canonical block holds it, and the receipt is there or a second has passed · by alpha',
      '    7.000 reader   of default gets #1 included in block 2 0x62626262…, seq 1',
    ]);
  });

  test('tells a reorg with its depth, the rival that takes the nonce, and what stands on no branch', () => {
    const run = new Written()
      .chain(built('a', '0', 1), head('a'))
      .chain({ kind: 'made', transaction: told })
      .next((atMs) => ({ kind: 'received', atMs, reader: 'all', event: sampleEvent(transaction, 1, 'pending') }))
      .chain(built('b', 'a', 2, [told]), head('b'))
      .chain(built('c', 'b', 3), head('c'))
      .chain(built('d', 'a', 2, [rival]), built('e', 'd', 3), head('e'))
      .says('beta', 'eth_getTransactionByHash', [hash], result({ hash, blockHash: hashOf('b'), blockNumber: '0x2' }))
      .says('beta', 'eth_getTransactionReceipt', [hash], {
        ...result({ transactionHash: hash, blockHash: hashOf('x'), blockNumber: '0x2', status: '0x0' }),
      });
    expect(storyOf(run).slice(-5)).toEqual([
      '    4.000 chain    MINED: block 2 0x62626262… of the chain holds it (success)',
      '    6.000 chain    REORG of depth 2: block 2 0x62626262… leaves the chain, with it',
      '    6.000 chain    MINED: block 2 0x64646464… of the chain holds its rival 0xcccccccc… (success)',
      '    7.000 beta     eth_getTransactionByHash of it → in block 2 0x62626262… (not on the chain now)',
      '    8.000 beta     eth_getTransactionReceipt of it → reverted in block 2 0x78787878… (of no true branch)',
    ]);
  });

  test('folds what a provider says again and again, until it says something else or the chain moves', () => {
    const run = new Written().chain({ kind: 'made', transaction: told }).next((atMs) => ({
      kind: 'registered',
      atMs,
      transaction,
    }));
    for (let count = 0; count < 40; count += 1) {
      run.says('alpha', 'eth_getTransactionByHash', [hash], result(null));
      run.says('beta', 'eth_getTransactionByHash', [hash], { status: 429, body: 'slow down' });
    }
    run.says('alpha', 'eth_getTransactionByHash', [hash], { manner: 'hang' });
    run.chain({ kind: 'evicted', hash });
    run.says('beta', 'eth_getTransactionByHash', [hash], { status: 429, body: 'slow down' });
    run.next((atMs) => ({ kind: 'received', atMs, reader: 'all', event: sampleEvent(transaction, 1, 'pending') }));
    expect(storyOf(run).filter((line) => line.includes('eth_'))).toEqual([
      '    3.000 alpha    eth_getTransactionByHash of it → null   ×40, until 81.000',
      '    4.000 beta     eth_getTransactionByHash of it → HTTP 429   ×40, until 82.000',
      '   83.000 alpha    eth_getTransactionByHash of it → never answers',
      '   85.000 beta     eth_getTransactionByHash of it → HTTP 429',
    ]);
  });

  test('marks problems, repeats and the ends of the process, and keeps every row within the width', () => {
    const event = sampleEvent(transaction, 1, 'pending');
    const run = new Written()
      .chain({ kind: 'made', transaction: told })
      .next((atMs) => ({ kind: 'received', atMs, reader: 'of default', event }))
      .port('process', 'ends', 'power cut')
      .port('process', 'ends', 'killed')
      .port('process', 'ends', 'killed')
      .port('process', 'serves', '4')
      .next((atMs) => ({
        kind: 'resumed',
        atMs,
        reader: 'of default',
        place: { acknowledgedBy: 'main' },
      }))
      .next((atMs) => ({ kind: 'received', atMs, reader: 'of default', event }))
      .next((atMs) => ({ kind: 'problem', atMs, text: `I04 ${event.id} came with other bytes: ${'x'.repeat(2_000)}` }))
      .next((atMs) => ({ kind: 'problem', atMs, text: 'I17 the server keeps 2 sockets, and 1 are open' }));
    const story = storyOf(run);
    expect(story.join('\n')).toContain(
      '    3.000 process  ends power cut\n    4.000 process  ends killed   ×2, until 5.000\n    6.000 process  serves, start 4\n',
    );
    expect(story.join('\n')).toContain('#1 pending, seq 1   ! time 2, since it came back by what main acknowledged');
    expect(story.filter((line) => line.includes('PROBLEM'))).toHaveLength(1);
    expect(story.every((line) => line.length <= 160)).toBe(true);
    expect(story.at(-1)).toMatch(/…$/);
  });
});

describe('what a story is about', () => {
  const other = sampleTransaction(9);
  const run = new Written()
    .next((atMs) => ({ kind: 'registered', atMs, transaction }))
    .next((atMs) => ({ kind: 'registered', atMs, transaction: other }))
    .next((atMs) => ({ kind: 'received', atMs, reader: 'all', event: sampleEvent(transaction, 1, 'pending') }))
    .next((atMs) => ({ kind: 'received', atMs, reader: 'all', event: sampleEvent(other, 1, 'pending') }))
    .next((atMs) => ({ kind: 'received', atMs, reader: 'all', event: sampleEvent(other, 2, 'reorged') }));
  const hashFor = (happenings: readonly Happening[], wish: string | null): string | undefined =>
    chooseSubject(happenings, wish)?.hash;

  test('the one that is wished for, by its hash, its id or the beginning of either', () => {
    for (const wish of [hash, id, hash.slice(0, 12), id.slice(0, 9)]) expect(hashFor(run.happenings, wish)).toBe(hash);
    expect(hashFor(run.happenings, '0xfeed')).toBeUndefined();
    expect(hashFor(run.happenings, 'tx_')).toBeUndefined();
  });

  test('by its hash it is the transaction for all subscribers, by an id for one of them', () => {
    const forShop = { ...transaction, id: `tx_${'5'.repeat(32)}`, subscriber: 'shop' };
    const both: readonly Happening[] = [...run.happenings, { kind: 'registered', atMs: 9_000, transaction: forShop }];
    expect(chooseSubject(both, hash)).toMatchObject({ ids: [id, forShop.id], subscriber: null, others: 0 });
    expect(chooseSubject(both, forShop.id)).toMatchObject({ ids: [forShop.id], subscriber: 'shop', others: 1 });
  });

  test('else the one that the first problem names, by an event of it too; else that of which most was told', () => {
    expect(hashFor(run.happenings, null)).toBe(other.hash);
    const problem = (text: string): Happening => ({ kind: 'problem', atMs: 9_000, text });
    const broken = [
      problem('I17 a socket too many'),
      problem(`I04 ${sampleEvent(transaction, 1, 'pending').id} twice`),
    ];
    expect(hashFor([...run.happenings, ...broken], null)).toBe(hash);
  });
});
