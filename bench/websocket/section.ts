import { amount, count, limitWords, percent, profileWords, ratio, spreadWords, table } from '../report/words.ts';
import type { WebsocketFigures } from './websocket.ts';

export function websocketSection(figures: WebsocketFigures): string {
  const { connections, events, window, runs, frameBytes, deliveredPerSecond, bareWsPerSecond } = figures;
  const { wholeWayPerSecond, executed } = figures;
  return [
    '## Events over WebSocket, durable and acknowledged',
    '',
    `${count(events)} events of ${count(frameBytes)} bytes to ${count(connections)} connections, each its own subscriber, with at most ${window} unacknowledged; the client acknowledges the last event of each read, and an acknowledgement is durable before it makes room. Delivery alone: the events are durable already and a consumer reads them all again, the newest 20,000 from memory and the others from the log; medians of ${runs} runs (least–most), from the first event to the last. The whole way: from blocks that are shown faster than they can be taken, through deciding, numbering and delivering, one run with the profiler on${executed === 0 ? '' : `; ${count(executed)} receipts came later than a second after their block and were told by an event of their own`}. Bare \`ws\` sends texts of the same length by the same rules, and keeps nothing.`,
    '',
    table(
      ['what', 'events/s', 'bare ws, events/s', 'ratio'],
      [
        [
          'delivery alone',
          spreadWords(deliveredPerSecond),
          spreadWords(bareWsPerSecond),
          ratio(deliveredPerSecond.median, bareWsPerSecond.median),
        ],
        [
          'the whole way',
          amount(wholeWayPerSecond),
          spreadWords(bareWsPerSecond),
          ratio(wholeWayPerSecond, bareWsPerSecond.median),
        ],
      ],
    ),
    '',
    'What limits:',
    '',
    `- **delivery alone**: ${limitWords(figures.delivery, { name: 'the consumers', cpuShare: figures.consumersCpuShare })} With bare ws the consumers took ${percent(figures.bareWsConsumersCpuShare)}. ${count(figures.acknowledgementsPerSecond)} acknowledgements a second were made durable. ${profileWords(figures.profile)}`,
    `- **the whole way**: ${limitWords(figures.wholeWay, { name: 'the chain with the consumers', cpuShare: figures.wholeWayAroundCpuShare })} ${profileWords(figures.wholeWayProfile)}`,
  ].join('\n');
}
