import { amount, count, ratio, table } from '../report/words.ts';
import type { DistributedFigures } from './distributed.ts';
import type { SideFigures } from './side.ts';

export function distributedSection(figures: DistributedFigures): string {
  const { embedded, distributed, takeOver, partitions, blockMs, perBlock, blocks } = figures;
  const longest = takeOver.silentMs.at(-1) ?? Number.NaN;
  const others = takeOver.silentMs.slice(0, partitions - takeOver.killed);
  return [
    '## Five processes over Kafka, Redis and PostgreSQL, beside one',
    '',
    `A block of ${count(perBlock)} tracked transactions every ${count(blockMs)} ms, ${count(blocks)} blocks measured; times as above, from the block's being visible to the event at the client. Both from one run on one machine, which the distributed mode shares with three brokers, six nodes of Redis and the database; nothing is pinned. ${count(partitions)} partitions. CPU is that of TxTrail's own processes.`,
    '',
    table(
      ['', 'events/s', 'mean, ms', 'p99, ms', 'CPU per event, µs'],
      [rowOf(embedded), rowOf(distributed), ratioRow(figures)],
    ),
    '',
    `CPU per event by role: ${distributed.cpu.map(({ process, microseconds }) => `${process} ${count(microseconds)} µs`).join(', ')}.`,
    '',
    `Two processes have ${count(takeOver.killed)} status partitions each, and one is killed with SIGKILL: its partitions are heard again after ${amount(longest / 1_000)} s at most, from the kill to the first event of a block shown after it. The slowest of the other partitions takes ${amount((others.at(-1) ?? Number.NaN) / 1_000)} s. No event is lost, repeated or out of its place.`,
  ].join('\n');
}

function rowOf({ name, reached, latency, cpu }: SideFigures): string[] {
  return [name, count(reached), amount(latency.mean), amount(latency.p99), count(sumOf(cpu))];
}

function ratioRow({ embedded, distributed }: DistributedFigures): string[] {
  return [
    'distributed over embedded',
    ratio(distributed.reached, embedded.reached),
    ratio(distributed.latency.mean, embedded.latency.mean),
    ratio(distributed.latency.p99, embedded.latency.p99),
    ratio(sumOf(distributed.cpu), sumOf(embedded.cpu)),
  ];
}

function sumOf(cpu: SideFigures['cpu']): number {
  return cpu.reduce((sum, { microseconds }) => sum + microseconds, 0);
}
