import { eventTypes, transactionStatuses } from '@txtrail/protocol';
import { expect, test } from 'vitest';
import { eventWords } from '../lifeline/event-words.ts';
import { lookOf } from '../model/status-words.ts';
import { sampleEvent, sampleTransaction } from '../model/transaction-sample.ts';
import { iconShapes } from './icon-shapes.ts';

test('every status and every event has its shape', () => {
  const ofEvents = eventTypes
    .filter((type) => type.startsWith('transaction.'))
    .map((type) => eventWords(sampleEvent(sampleTransaction(1), 1, type.slice('transaction.'.length))).icon);
  const names = [...transactionStatuses.map((status) => lookOf(status).icon), ...ofEvents];
  expect(names.filter((name) => iconShapes[name] === undefined)).toEqual([]);
});

test('no two shapes are the same', () => {
  const drawn = Object.values(iconShapes).map((shape) => JSON.stringify(shape));
  expect(new Set(drawn).size).toBe(drawn.length);
});
