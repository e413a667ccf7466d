import { amount, count, limitWords, profileWords, ratio, spreadWords, table } from '../report/words.ts';
import type { RegistrationsFigures, WayFigures } from './registrations.ts';

export function registrationsSection({ ways, windows, windowMs }: RegistrationsFigures): string {
  return [
    '## Durable registrations',
    '',
    `Registrations a second that were answered with 2xx, which is after fdatasync: as many as come when each connection sends again as soon as it is answered; medians of ${windows} windows of ${amount(windowMs / 1_000)} s (least–most). Every hash is new and no provider knows it. The peers: Fastify that parses the same bodies, keeps the hashes in a Map and answers with as many bytes; and a loop of write and fdatasync in groups, of records as long as a registration is in the log, with as many waiting.`,
    '',
    table(
      ['way', 'connections × entries', 'durable/s', 'bare Fastify/s', 'ratio', 'bare group commit/s', 'ratio'],
      ways.map((way) => [
        way.way,
        `${way.connections} × ${count(way.entries)}`,
        spreadWords(way.durablePerSecond),
        spreadWords(way.fastifyPerSecond),
        ratio(way.durablePerSecond.median, way.fastifyPerSecond.median),
        spreadWords(way.groupCommitPerSecond),
        ratio(way.durablePerSecond.median, way.groupCommitPerSecond.median),
      ]),
    ),
    '',
    'Open loop at half of that rate, milliseconds from the intended send to the whole answer:',
    '',
    table(
      ['way', 'requests/s offered', 'reached', 'mean', 'p50', 'p99 (by window)', 'p99.9', 'requests'],
      ways.map(({ way, halfLoad: { latency, p99, ...load } }) => [
        way,
        count(load.requestsPerSecond),
        count(load.reachedPerSecond),
        amount(latency.mean),
        amount(latency.p50),
        `${amount(latency.p99)} (${amount(p99.min)}–${amount(p99.max)})`,
        amount(latency.p999),
        count(latency.count),
      ]),
    ),
    '',
    'What limits:',
    '',
    ...ways.map(limitOf),
  ].join('\n');
}

function limitOf(way: WayFigures): string {
  const { requestBytes, answerBytes, entries, logBytes } = way;
  const bytes = `A registration is ${count(requestBytes / entries)} bytes of request, ${count(answerBytes)} of answer and ${count(logBytes)} in the log.`;
  const limit = limitWords(way.usage, { name: 'the load client', cpuShare: way.clientCpuShare });
  return `- **${way.way}**: ${limit} ${profileWords(way.profile)} ${bytes}`;
}
