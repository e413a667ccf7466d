import type { ReorgData } from '@txtrail/protocol';
import { WebSocket as PackageWebSocket } from 'ws';
import { expect, expectTypeOf, it } from 'vitest';
import { createClient } from './client.ts';
import type { WebSocketConstructor } from './deps.ts';
import { isTransactionEvent } from './events.ts';
import type { ClientEvent, KnownEvent, TransactionEvent, UnknownEvent } from './events.ts';
import type { WaitOptions } from './wait-for-transaction.ts';
import { eventTypes } from '@txtrail/protocol';
import type { EventType } from '@txtrail/protocol';

// What is checked here is checked by the compiler (npm run typecheck); the runs only keep the code alive.

it('an event is narrowed by its type', () => {
  const seen = (event: ClientEvent): string => {
    switch (event.type) {
      case 'transaction.reorged':
        expectTypeOf(event.data.reorg).toEqualTypeOf<ReorgData>();
        return 'reorged';
      case 'transaction.replaced':
        expectTypeOf(event.data.replacement.final).toEqualTypeOf<boolean>();
        return 'replaced';
      case 'sender.nonce_gap':
        expectTypeOf(event.data.missing).toEqualTypeOf<readonly number[]>();
        return 'gap';
      case 'ping':
        return 'ping';
      default:
        return isTransactionEvent(event) ? event.data.transaction.id : 'another';
    }
  };
  const event = { type: 'transaction.brand_new', data: { transaction: { id: 'tx_1' } } } as unknown as ClientEvent;
  expect(seen(event)).toBe('tx_1');
});

it('every type of the contract has its event, and what is new is let through', () => {
  expectTypeOf<KnownEvent['type']>().toEqualTypeOf<EventType>();
  expectTypeOf<UnknownEvent['data']>().toEqualTypeOf<unknown>();
  expectTypeOf<TransactionEvent>().toExtend<KnownEvent>();
  expect(new Set(eventTypes).size).toBe(eventTypes.length);
});

it('a wait names one transaction, by id, by hash or by its bytes', () => {
  expectTypeOf<{ id: string }>().toExtend<WaitOptions>();
  expectTypeOf<{ chain: string; hash: string; confirmations: 'safe'; timeout: number }>().toExtend<WaitOptions>();
  expectTypeOf<{ chain: string; raw: string }>().toExtend<WaitOptions>();
  expectTypeOf<{ chain: string }>().not.toExtend<WaitOptions>();
  expectTypeOf<{ id: string; hash: string }>().not.toExtend<WaitOptions>();
});

it('the WebSocket of Node and that of the package ws fit', () => {
  expectTypeOf<typeof globalThis.WebSocket>().toExtend<WebSocketConstructor>();
  expectTypeOf<typeof PackageWebSocket>().toExtend<WebSocketConstructor>();
  expect(createClient({ url: 'http://127.0.0.1:1', key: 'k', WebSocket: PackageWebSocket })).toBeDefined();
});
