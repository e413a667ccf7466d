import { type Mutant, usualSeeds as seeds } from './mutant.ts';

const notify = 'src/notify';

/** Bugs in how events are numbered, read and acknowledged. */
export const deliveryMutants: readonly Mutant[] = [
  {
    name: 'numbered_twice',
    what: 'What is said again after a crash gets a number again.',
    edits: [
      {
        file: 'src/core/delivery/event-lane.ts',
        find: '    if (!isNewer(record.origin, this.#origins.get(record.origin.source))) return null;\n',
        replace: '',
      },
      {
        file: 'src/runtime/dispatcher.ts',
        find: 'if (this.#owedStreams.has(record.stream)) this.#outbox.delete(keyOf(record));',
        replace: '',
      },
      {
        file: 'src/core/delivery/event-lane.ts',
        find: "import { isNewer, type Origin } from '../records/origin.ts';",
        replace: "import type { Origin } from '../records/origin.ts';",
      },
    ],
    seeds,
  },
  {
    name: 'number_from_the_log_off_by_one',
    what: 'An event that is read from the log, and not from memory, shows the number after its own.',
    edits: [
      {
        file: 'src/core/delivery/event-stream.ts',
        find: 'this.#trimmed + index + 1 : null;',
        replace: 'this.#trimmed + index + 2 : null;',
      },
    ],
    seeds,
  },
  {
    name: 'filter_loses_at_a_page_border',
    what: 'With a filter, the first event that does not fit into a page is passed over.',
    edits: [
      {
        file: `${notify}/lane-reader.ts`,
        find: '        if (events.length === limit) break;\n        through = place;\n',
        replace: '        through = place;\n        if (events.length === limit) break;\n',
      },
    ],
    seeds,
  },
  {
    name: 'cursor_one_ahead',
    what: 'The cursor of a page that has more behind it points behind the event that comes next.',
    edits: [
      {
        file: 'src/api/routes/event-routes.ts',
        find: 'const nextCursor = cursors.encode(page.through);',
        replace: 'const nextCursor = cursors.encode(page.hasMore ? page.through + 1 : page.through);',
      },
    ],
    seeds,
  },
  {
    name: 'acknowledgement_falls_back',
    what: 'An acknowledgement of an earlier event takes a later one back.',
    edits: [
      {
        file: 'src/core/delivery/event-lane.ts',
        find: 'consumers.set(record.consumer, Math.max(record.upTo, consumers.get(record.consumer) ?? 0));',
        replace: 'consumers.set(record.consumer, record.upTo);',
      },
      {
        file: `${notify}/lane-reader.ts`,
        find: "    if (upTo <= (this.acknowledged(scope, consumer) ?? -1)) return 'acknowledged';\n",
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'acknowledgements_not_in_snapshots',
    what: 'A start from a snapshot forgets what was acknowledged before it.',
    edits: [
      {
        file: 'src/core/delivery/event-lane.ts',
        find: 'acknowledged: [...this.#acknowledged].map(([key, consumers]) => [key, [...consumers]]),',
        replace: 'acknowledged: [],',
      },
    ],
    seeds,
  },
  {
    name: 'acknowledged_beyond_sent',
    what: 'An acknowledgement of what was never sent is taken.',
    edits: [
      {
        file: `${notify}/lane-reader.ts`,
        find: "    if (upTo > this.#sentTo(scope)) return 'beyond_sent';\n",
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'window_ignored',
    what: 'A socket is sent more than the window of its subscription leaves open.',
    edits: [
      {
        file: 'src/api/websocket/subscription.ts',
        find: 'return this.#window - this.#unacknowledged.length;',
        replace: 'return this.#options.eventsPerRead;',
      },
    ],
    seeds,
  },
  {
    name: 'new_consumer_misses_the_past',
    what: 'A consumer that never acknowledged begins at the newest event.',
    edits: [
      {
        file: 'src/api/start-place.ts',
        find: '(await deps.events.acknowledged(question.scope, question.consumer)) ?? bounds.oldest;',
        replace: '(await deps.events.acknowledged(question.scope, question.consumer)) ?? bounds.latest;',
      },
    ],
    seeds,
  },
  {
    name: 'socket_stops_after_one_read',
    what: 'A socket with more to read than one turn sends waits for the next event before it goes on.',
    edits: [
      {
        file: 'src/api/websocket/connection.ts',
        find: "        if (outcome === 'more') this.#ready.add(next);\n",
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'room_not_noticed',
    what: 'A socket whose window was full is not served again when an acknowledgement makes room.',
    edits: [
      {
        file: 'src/api/acknowledgements.ts',
        find: "      if (outcome === 'acknowledged') bells.get(nameOf(scope, consumer))?.ring();\n",
        replace: '',
      },
      {
        file: `${notify}/lane-runner.ts`,
        find: '    this.bells.ring({ tenant: record.tenant, subscriber: record.subscriber } satisfies EventScope);\n',
        replace: '',
      },
    ],
    seeds,
  },
  {
    name: 'tenant_feed_out_of_order',
    what: "After a start from a snapshot, the feed of the whole tenant is not in the log's order.",
    edits: [
      {
        file: `${notify}/lane-runner.ts`,
        find: 'const sorted = (positions.get(tenant) ?? []).sort((left, right) => left - right);',
        replace: 'const sorted = positions.get(tenant) ?? [];',
      },
    ],
    seeds,
  },
  {
    name: 'answers_not_in_snapshots',
    what: 'A start from a snapshot forgets which requests were answered under an idempotency key.',
    edits: [
      {
        file: 'src/ingest/answer-keeper.ts',
        find: "return [{ name: 'answers', text: JSON.stringify([...this.#answers]) }];",
        replace: "return [{ name: 'answers', text: '[]' }];",
      },
    ],
    seeds,
  },
  {
    name: 'stream_resumes_one_late',
    what: 'An event stream that comes back begins behind the event that it should begin with.',
    edits: [
      {
        file: 'src/api/stream/event-stream.ts',
        find: '    this.#through = options.start;\n',
        replace: '    this.#through = options.start === 0 ? 0 : options.start + 1;\n',
      },
    ],
    seeds,
  },
];
