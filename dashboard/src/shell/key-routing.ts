export type KeyAction =
  | 'search'
  | 'next'
  | 'previous'
  | 'open'
  | 'close'
  | 'help'
  | 'why'
  | 'copy_hash'
  | 'theme'
  | 'zone';

interface KeyBinding {
  readonly action: KeyAction;
  readonly keys: readonly string[];
  readonly says: string;
}

/** Every key, in the order of the help. */
export const keyBindings: readonly KeyBinding[] = [
  { action: 'search', keys: ['/'], says: 'Search' },
  { action: 'next', keys: ['j'], says: 'Next transaction' },
  { action: 'previous', keys: ['k'], says: 'Previous transaction' },
  { action: 'open', keys: ['Enter'], says: 'Open it' },
  { action: 'close', keys: ['Escape'], says: 'Close it, or clear the search' },
  { action: 'why', keys: ['w'], says: 'Why? Show or hide all evidence' },
  { action: 'copy_hash', keys: ['c'], says: 'Copy the open transaction’s hash' },
  { action: 'theme', keys: ['t'], says: 'Light, dark, or as the system' },
  { action: 'zone', keys: ['u'], says: 'UTC or local times' },
  { action: 'help', keys: ['?'], says: 'These keys' },
];

export interface KeyStroke {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

export interface KeyPlace {
  /** In a field that takes text. */
  readonly isTyping: boolean;
  /** On something that has its own use for Enter: a button, a link. */
  readonly isOnControl: boolean;
  readonly isDialogOpen: boolean;
}

/** What a key does where it is pressed; null: nothing of ours, the browser's own meaning stands. */
export function routeKey(stroke: KeyStroke, place: KeyPlace): KeyAction | null {
  if (stroke.ctrlKey || stroke.metaKey || stroke.altKey || place.isDialogOpen) return null;
  const action = keyBindings.find(({ keys }) => keys.includes(stroke.key))?.action ?? null;
  if (place.isTyping) return action === 'close' ? action : null;
  return action === 'open' && place.isOnControl ? null : action;
}
