import { expect, test } from 'vitest';
import { value } from '../../../test/conformance/stream-broker.ts';
import type { StreamName } from '../../core/records/stream.ts';
import type { StoredRecord } from '../../ports/stream-broker.ts';
import { MemoryBroker } from '../memory/memory-broker.ts';
import { EntryIndex } from './entry-index.ts';
import { EntryReader } from './entry-reader.ts';
import { encodeClaim, encodeEntry } from './journal-entry.ts';

const blocks: StreamName = 'blocks/eip155:1';
const mebi = 1024 * 1024;

/** Counts what was read of an input. */
class CountedReads extends MemoryBroker {
  bytes = 0;
  reads = 0;

  override async *read(stream: StreamName, from: number, until: number): AsyncGenerator<readonly StoredRecord[]> {
    if (stream === blocks) this.reads += 1;
    for await (const records of super.read(stream, from, until)) {
      if (stream === blocks) for (const record of records) this.bytes += record.value?.length ?? 0;
      yield records;
    }
  }
}

/** A journal of as many entries as there are payloads, each of which takes one block. */
async function journalOf(payloads: readonly string[]) {
  const broker = new CountedReads();
  await broker.append(blocks, payloads.map(value));
  const entries = payloads.map((_, number) =>
    encodeEntry({
      epoch: 0,
      number,
      timeMs: number,
      own: [],
      inputs: [{ stream: blocks, from: number, to: number + 1 }],
    }),
  );
  await broker.append('journal/0', [encodeClaim({ claim: 'c' }), ...entries].map(value));
  const index = new EntryIndex();
  index.add({ number: 0, offset: 1, epoch: 0 });
  return { broker, reader: new EntryReader('journal/0', { broker, index }), journalEnd: payloads.length + 1 };
}

async function readAll({ broker, reader, journalEnd }: Awaited<ReturnType<typeof journalOf>>) {
  const payloads: string[] = [];
  let mostHeld = 0;
  let given = 0;
  for await (const records of reader.records(0, journalEnd, journalEnd)) {
    mostHeld = Math.max(mostHeld, broker.bytes - given);
    for (const { payload } of records) {
      payloads.push(payload);
      given += payload.length;
    }
  }
  return { payloads, mostHeld };
}

test('of inputs that are large a few are read at once, however many entries are asked for', async () => {
  const payloads = Array.from({ length: 400 }, (_, index) => `${index} `.padEnd(200_000, 'x'));
  const read = await readAll(await journalOf(payloads));
  expect(read.payloads).toEqual(payloads);
  expect(read.mostHeld).toBeLessThan(16 * mebi);
});

test('of inputs that are small many are read at once', async () => {
  const payloads = Array.from({ length: 4_000 }, (_, index) => `${index}`);
  const journal = await journalOf(payloads);
  expect((await readAll(journal)).payloads).toEqual(payloads);
  expect(journal.broker.reads).toBeLessThan(6);
});
