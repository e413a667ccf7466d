import { amount, count, limitWords, profileWords, ratio, table } from '../report/words.ts';
import type { LatencyFigures, RateFigures } from './latency.ts';

export function latencySection(figures: LatencyFigures): string {
  const { blockMs, connections, ladder, windows, blocksPerWindow, rates } = figures;
  return [
    '## From a visible block to the event at the client',
    '',
    `Milliseconds from the moment when the provider has the block, before it pushes the head, to the event in the hands of a WebSocket client that acknowledges; one clock, one machine. A block every ${blockMs} ms at fixed times; each tracked transaction gives four events (included, ${ladder.threshold} and ${ladder.confirmations} confirmations, final ${ladder.finalityDepth} blocks below the head), so a block brings those of four heights at once; ${count(connections)} subscribers, each on a connection of its own. Medians of ${windows} windows of ${blocksPerWindow} blocks (least–most). The limit beside it is a client of the same provider that only fetches and parses the block and its receipts.`,
    '',
    table(
      [
        'offered/s',
        'reached/s',
        'events a block',
        'mean',
        'p99',
        'p99.9',
        'last event of a block, mean',
        'bare fetch, mean',
        'mean over bare',
        'events',
      ],
      rates.map(rowOf),
    ),
    '',
    'What limits:',
    '',
    ...rates.map(limitOf),
  ].join('\n');
}

function rowOf(rate: RateFigures): string[] {
  const { offered, reached, isSaturated, latency, bare } = rate;
  const times = [rate.mean, rate.p99, rate.p999].map(({ median, min, max }) =>
    isSaturated ? 'saturated' : `${amount(median)} (${amount(min)}–${amount(max)})`,
  );
  return [
    count(offered),
    isSaturated ? `${count(reached)} (saturated)` : count(reached),
    count(rate.eventsPerBlock),
    ...times,
    isSaturated ? 'saturated' : amount(rate.lastOfBlock.mean),
    amount(bare.mean),
    isSaturated ? 'saturated' : ratio(latency.mean, bare.mean),
    count(latency.count),
  ];
}

function limitOf(rate: RateFigures): string {
  const limit = limitWords(rate.usage, { name: 'the chain with the consumers', cpuShare: rate.aroundCpuShare });
  const late = `The chain showed its blocks of ${count(rate.blockSize)} transactions at most ${amount(rate.chainLateMs)} ms late.`;
  const left = rate.undelivered > 0 ? `; ${count(rate.undelivered)} were still to come when the run was ended` : '';
  const saturated = rate.isSaturated
    ? ` More is offered than it can take, so events wait ever longer and only the rate is shown${left}.`
    : '';
  return `- **${count(rate.offered)} events/s**: ${limit}${saturated} ${profileWords(rate.profile)} ${late}`;
}
