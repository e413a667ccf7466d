import { expect, test } from 'vitest';
import { keyBindings, routeKey, type KeyPlace } from './key-routing.ts';

const plain = { ctrlKey: false, metaKey: false, altKey: false };
const nowhere: KeyPlace = { isTyping: false, isOnControl: false, isDialogOpen: false };

test('each key has one meaning', () => {
  const keys = keyBindings.flatMap((binding) => binding.keys);
  expect(new Set(keys).size).toBe(keys.length);
  for (const { action, keys: own } of keyBindings) {
    for (const key of own) expect(routeKey({ ...plain, key }, nowhere)).toBe(action);
  }
  expect(routeKey({ ...plain, key: 'x' }, nowhere)).toBeNull();
});

test('who types, types; only Escape leaves the field', () => {
  const typing = { ...nowhere, isTyping: true };
  expect(
    keyBindings.flatMap(({ keys }) => keys.map((key) => routeKey({ ...plain, key }, typing))).filter(Boolean),
  ).toEqual(['close']);
});

test('Enter on a button or link is the button’s', () => {
  expect(routeKey({ ...plain, key: 'Enter' }, { ...nowhere, isOnControl: true })).toBeNull();
  expect(routeKey({ ...plain, key: 'j' }, { ...nowhere, isOnControl: true })).toBe('next');
});

test('the browser keeps its own shortcuts, and a dialog its keys', () => {
  for (const held of ['ctrlKey', 'metaKey', 'altKey'] as const) {
    expect(routeKey({ ...plain, key: 'k', [held]: true }, nowhere)).toBeNull();
  }
  expect(routeKey({ ...plain, key: 'Escape' }, { ...nowhere, isDialogOpen: true })).toBeNull();
});
