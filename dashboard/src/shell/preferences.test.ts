import { expect, test } from 'vitest';
import { nextTheme, readPreferences, writePreferences, type TextStore } from './preferences.ts';

function store(text: string | null = null): TextStore {
  let held = text;
  return {
    getItem: () => held,
    setItem: (_name, value) => {
      held = value;
    },
    removeItem: () => {
      held = null;
    },
  };
}

test('keeps what was chosen', () => {
  const kept = store();
  writePreferences(kept, { theme: 'dark', zone: 'utc' });
  expect(readPreferences(kept)).toEqual({ theme: 'dark', zone: 'utc' });
});

test.each([null, '{', '7', 'null', '{"theme":"neon","zone":1}'])('makes the best of %s', (text) => {
  expect(readPreferences(store(text))).toEqual({ theme: 'system', zone: 'local' });
});

test('does without a store that is closed', () => {
  const closed: TextStore = {
    getItem: () => {
      throw new Error('denied');
    },
    setItem: () => {
      throw new Error('full');
    },
    removeItem: () => undefined,
  };
  writePreferences(closed, { theme: 'dark', zone: 'utc' });
  expect(readPreferences(closed)).toEqual({ theme: 'system', zone: 'local' });
});

test('goes round the themes', () => {
  expect([nextTheme('system'), nextTheme('light'), nextTheme('dark')]).toEqual(['light', 'dark', 'system']);
});
