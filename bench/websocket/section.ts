import { count, limitWords, percent, profileWords, ratio, spreadWords, table } from '../report/words.ts';
import type { Spread } from '../rig/figures.ts';
import type { DeliveryFigures, WebsocketFigures } from './websocket.ts';

export function websocketSection(figures: WebsocketFigures): string {
  const { connections, events, window, runs, frameBytes, executed, fromLog, fromMemory, bareWsPerSecond } = figures;
  const late =
    executed === 0
      ? ''
      : `; ${count(executed)} receipts came later than a second after their block and were told by an event of their own`;
  const row = (what: string, perSecond: Spread): string[] => [
    what,
    spreadWords(perSecond),
    spreadWords(bareWsPerSecond),
    ratio(perSecond.median, bareWsPerSecond.median),
  ];
  const whole = figures.wholeWayPerSecond;
  return [
    '## Events over WebSocket, durable and acknowledged',
    '',
    `Events of ${count(frameBytes)} bytes to ${count(connections)} connections, each its own subscriber, with at most ${window} unacknowledged; the client acknowledges the last event of each read, and an acknowledgement is durable before it makes room. Delivery: the events are durable already and a consumer reads them all again, ${count(fromMemory.events)} from memory, as one does that keeps up, or ${count(fromLog.events)}, of which all but the newest 20,000 come from the log; medians of ${runs} runs (least–most), from the first event to the last. The whole way: ${count(events)} events from blocks that are shown faster than they can be taken, through deciding, numbering and delivering, one run with the profiler on${late}. Bare \`ws\` sends texts of the same length by the same rules, and keeps nothing.`,
    '',
    table(
      ['what', 'events/s', 'bare ws, events/s', 'ratio'],
      [
        row('delivery from memory', fromMemory.perSecond),
        row('delivery from the log', fromLog.perSecond),
        row('the whole way', { median: whole, min: whole, max: whole }),
      ],
    ),
    '',
    `What limits (with bare ws the consumers took ${percent(figures.bareWsConsumersCpuShare)} of a core):`,
    '',
    deliveryLimit('delivery from memory', fromMemory),
    deliveryLimit('delivery from the log', fromLog),
    `- **the whole way**: ${limitWords(figures.wholeWay, { name: 'the chain with the consumers', cpuShare: figures.wholeWayAroundCpuShare })} ${profileWords(figures.wholeWayProfile)}`,
  ].join('\n');
}

function deliveryLimit(what: string, delivery: DeliveryFigures): string {
  const limit = limitWords(delivery.usage, { name: 'the consumers', cpuShare: delivery.consumersCpuShare });
  return `- **${what}**: ${limit} ${count(delivery.acknowledgementsPerSecond)} acknowledgements a second were made durable. ${profileWords(delivery.profile)}`;
}
