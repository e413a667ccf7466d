import { expect, test } from 'vitest';
import { manualClock } from '../../test/harness/recording-ports.ts';
import type { BlockHeader } from '../core/chain/block.ts';
import { resumeTracking } from '../core/chain/head-tracker.ts';
import { TxTrailError } from '../lib/error.ts';
import type { ChainProvider } from '../ports/chain-provider.ts';
import { secondWordUpTo } from './second-word.ts';
import { faultsInRowMax, WatchedProvider } from './watched-provider.ts';

function header(number: number, branch = 'a'): BlockHeader {
  return { number, hash: `${branch}${number}`, parentHash: `${branch}${number - 1}`, timestampMs: number };
}

const path = Array.from({ length: 51 }, (_, index) => header(50 + index));
const tracked = resumeTracking('eip155:1', path, null, null);
/** What is due by a depth of eight. */
const due = 92;

/** A provider that serves the chain and has shown these heads. */
function shows(...heads: readonly BlockHeader[]): WatchedProvider {
  const member = begun();
  member.noteChain('eip155:1', 'eip155:1');
  for (const head of heads) member.noteHead(head);
  return member;
}

function begun(): WatchedProvider {
  return new WatchedProvider({ name: 'one', role: 'primary' } as ChainProvider, manualClock());
}

async function failing(member: WatchedProvider): Promise<WatchedProvider> {
  const fault = () => Promise.reject(new TxTrailError('provider_unreachable', 'it refuses'));
  for (let count = 0; count < faultsInRowMax; count += 1) await expect(member.ask(fault)).rejects.toThrow();
  return member;
}

const leader = shows(header(100));
const upTo = (...others: readonly WatchedProvider[]): number =>
  secondWordUpTo(tracked, due, { leader, pool: { members: [leader, ...others] } });

test('one that shows our path speaks for all below its head', () => {
  expect(upTo(shows(header(100)))).toBe(100);
  expect(upTo(shows(header(99)))).toBe(99);
  expect(upTo(shows(header(100, 'b')), shows(header(98)))).toBe(98);
});

test('what is ahead of us says nothing yet; what was shown before it does', () => {
  expect(upTo(shows(header(99), header(101), header(102)))).toBe(99);
  expect(upTo(shows(header(101), header(102)))).toBe(-1);
});

test('one on another branch keeps all from being settled, also where it had shown our path before', () => {
  expect(upTo(shows(header(100, 'b')))).toBe(-1);
  expect(upTo(shows(header(96), header(98, 'b'), header(101, 'b')))).toBe(-1);
});

test('one that has just begun is waited for', () => {
  expect(upTo(begun())).toBe(-1);
  expect(upTo(shows())).toBe(-1);
});

test('one that fails is heard while its last head is not below what is due', async () => {
  expect(upTo(await failing(shows(header(96))))).toBe(96);
  expect(upTo(await failing(shows(header(due, 'b'))))).toBe(-1);
  expect(upTo(await failing(shows(header(due - 1, 'b'))))).toBe(due);
});

test('where no other can say, the leader decides: none is there, of this chain, believed, or has come so far', async () => {
  const stranger = begun();
  stranger.noteChain('eip155:2', 'eip155:1');
  const doubted = shows(header(100, 'b'));
  doubted.noteDoubt('it does not show its head');
  const contradicting = shows(header(100, 'b'));
  contradicting.noteConflict('it takes back what is final');
  expect(upTo()).toBe(due);
  for (const one of [stranger, doubted, contradicting, await failing(begun())]) expect(upTo(one)).toBe(due);
});
