import { amount, count, table } from '../report/words.ts';
import { sumOf, type RpcCallsFigures, type SizeFigures } from './rpc-calls.ts';

export function rpcCallsSection({ blockSize, sizes, leftOut }: RpcCallsFigures): string {
  const missing = leftOut.map(({ library, tracked }) => `${library} at ${count(tracked)}`);
  return [
    '## RPC calls and processor time of waiting',
    '',
    `Transactions that wait in the pool while blocks of ${blockSize} others come: the calls that a block causes (questions for the newest block number aside, which follow the clock), and the processor time of the client's process from the block until its work is done. The peers are viem's \`waitForTransactionReceipt\` and ethers' \`waitForTransaction\`, one a transaction, in one process. They get the next block only when they are done with the last one, so they are never behind. They then have the receipt and end: nothing tells of a later reorg or of finality. At the end up to 1,000 are mined and everybody must hear of it.`,
    '',
    table(
      ['who', 'waiting', 'calls a block', 'which', 'processor ms a block', 'µs a transaction and block'],
      sizes.map(rowOf),
    ),
    '',
    ...(missing.length === 0
      ? []
      : [`Not run, to keep a run's time bounded, and not extrapolated: ${missing.join(', ')}.`, '']),
    limitOf(sizes),
  ].join('\n');
}

function rowOf(size: SizeFigures): string[] {
  const which = Object.entries(size.callsPerBlock).map(([method, calls]) => `${method} ${amount(calls)}`);
  // Of a block that was broken off, what was counted until then is the least that it takes.
  const atLeast = size.hasFinished ? '' : 'over ';
  return [
    size.hasFinished ? size.who : `${size.who} (broken off: not done with a block in time)`,
    count(size.tracked),
    `${atLeast}${amount(sumOf(size.callsPerBlock))}`,
    which.join(', '),
    `${atLeast}${amount(size.cpuMsPerBlock)}`,
    `${atLeast}${amount(size.cpuMicrosecondsPerTransaction)}`,
  ];
}

/** At the largest size that a peer was run at. */
function limitOf(sizes: readonly SizeFigures[]): string {
  const lines = sizes
    .filter(({ who }) => who !== 'TxTrail')
    .flatMap((peer) => {
      const ours = sizes.find(({ who, tracked }) => who === 'TxTrail' && tracked === peer.tracked);
      if (ours === undefined || sumOf(ours.callsPerBlock) === 0 || peer.tracked === 1 || !peer.hasFinished) return [];
      const calls = amount(sumOf(peer.callsPerBlock) / sumOf(ours.callsPerBlock));
      const processor =
        ours.cpuMsPerBlock === 0 ? 'no measurable' : `${amount(peer.cpuMsPerBlock / ours.cpuMsPerBlock)} times the`;
      return [
        `- ${peer.who} at ${count(peer.tracked)}: ${calls} times the calls and ${processor} processor time of TxTrail.`,
      ];
    });
  const words =
    'A block costs the tracker one fetch, whatever waits, and its time goes into reading the block and looking each of its transactions up; the libraries ask about each transaction at each block.';
  return [words, '', ...lines].join('\n');
}
