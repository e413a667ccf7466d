import type { Zone } from '../time/format-time.ts';

export type Theme = 'system' | 'light' | 'dark';

/** What a reader chose for this browser. */
export interface Preferences {
  readonly theme: Theme;
  readonly zone: Zone;
}

/** The part of a browser's storage that is used. */
export type TextStore = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

const name = 'txtrail.preferences';
const themes: readonly Theme[] = ['system', 'light', 'dark'];

/** What was chosen; where nothing was, or the store is closed to us, the system's theme and local times. */
export function readPreferences(store: TextStore): Preferences {
  const given = read(store);
  return {
    theme: themes.find((theme) => theme === given['theme']) ?? 'system',
    zone: given['zone'] === 'utc' ? 'utc' : 'local',
  };
}

export function writePreferences(store: TextStore, preferences: Preferences): void {
  try {
    store.setItem(name, JSON.stringify(preferences));
  } catch {
    // A browser that keeps nothing (private mode, a full disk) still shows what was chosen.
  }
}

export function nextTheme(theme: Theme): Theme {
  return themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'system';
}

function read(store: TextStore): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(store.getItem(name) ?? '{}');
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // Unreadable is as good as never written.
    return {};
  }
}
