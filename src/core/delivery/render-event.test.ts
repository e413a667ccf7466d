import { expect, test } from 'vitest';
import { eventRecord } from '../../../test/harness/event-record.ts';
import { renderEvent } from './render-event.ts';

/**
 * One event of each render version that was ever shipped, with its bytes. These lines are added to
 * and never changed: a subscriber compares repeats byte by byte.
 */
const shipped = [
  {
    record: eventRecord({}),
    seq: 41,
    bytes:
      '{"specversion":"1.0","id":"evt_5bc3b0884408b70ee73f47bda63b85b9","source":"txtrail","type":"transaction.included","subject":"eip155:1/0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","time":"2023-11-14T22:13:20.123Z","timestamp":"2023-11-14T22:13:20.123Z","datacontenttype":"application/json","tenant":"default","subscriber":"default","seq":41,"revision":1,"data":{"transaction":{"id":"tx_1","chain":"eip155:1","chainId":1,"hash":"0xaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","subscriber":"default","status":"included","execution":"success","finality":"none","isTerminal":false,"confirmations":1,"requiredConfirmations":12,"thresholds":[3],"blockNumber":7,"blockHash":"0xbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","transactionIndex":0,"blockTimestamp":"2023-11-14T22:13:20.000Z","from":"0x1111111111111111111111111111111111111111","to":null,"nonce":4,"gasUsed":"21000","effectiveGasPrice":"1000000007","replacedBy":null,"replaces":null,"reason":null,"metadata":{"order":"ü 17"},"createdAt":"2023-11-14T22:13:19.000Z","firstSeenAt":"2023-11-14T22:13:19.500Z","includedAt":"2023-11-14T22:13:20.123Z","confirmedAt":null,"finalizedAt":null,"updatedAt":"2023-11-14T22:13:20.123Z"},"previousStatus":"pending","confirmations":1,"late":false}}',
  },
] as const;

test.each(shipped)('render version $record.render gives the bytes it always gave', ({ record, seq, bytes }) => {
  // Through JSON, as it comes from the log.
  expect(renderEvent(JSON.parse(JSON.stringify(record)), seq)).toBe(bytes);
});

test('what an event carries beside the transaction stands at the end of its data', () => {
  const reorg = { fromBlockNumber: 7, fromBlockHash: `0x${'b'.repeat(64)}`, depth: 2, beyondFinality: false };
  const rendered = JSON.parse(renderEvent({ ...eventRecord({ type: 'transaction.reorged' }), reorg }, 1));
  expect(Object.keys(rendered.data)).toEqual(['transaction', 'previousStatus', 'confirmations', 'late', 'reorg']);
  expect(rendered.data.reorg).toEqual(reorg);
});
