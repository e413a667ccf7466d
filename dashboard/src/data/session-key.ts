import type { TextStore } from '../shell/preferences.ts';

const name = 'txtrail.key';

export interface SessionKeyDeps {
  readonly fetch: typeof globalThis.fetch;
  /** Of this tab alone: `sessionStorage`. */
  readonly store: TextStore;
  /** The server's URL without a slash at its end. */
  readonly base: string;
}

export interface SessionKey {
  readonly key: string;
  /** `sandbox`: given to the page by the process that serves it. */
  readonly source: 'sandbox' | 'typed';
}

/** The key that the page has without asking for it: typed before in this tab, or the sandbox's own; else null. */
export async function findKey({ fetch, store, base }: SessionKeyDeps): Promise<SessionKey | null> {
  const typed = readStored(store);
  if (typed !== null) return { key: typed, source: 'typed' };
  const answer = await fetch(`${base}/sandbox/session`).catch(() => null);
  if (answer?.ok !== true) return null;
  const body = (await answer.json().catch(() => null)) as { readonly key?: unknown } | null;
  return typeof body?.key === 'string' ? { key: body.key, source: 'sandbox' } : null;
}

export type KeyTrial = 'accepted' | 'wrong' | 'unreachable';

/** Whether the server takes a key that was typed in. */
export async function tryKey({ fetch, base }: Omit<SessionKeyDeps, 'store'>, key: string): Promise<KeyTrial> {
  // A header takes no line breaks and no letters beyond Latin-1; no key has any.
  if (!/^[\x21-\x7e]+$/.test(key)) return 'wrong';
  const answer = await fetch(`${base}/v1/chains?limit=1`, { headers: { authorization: `Bearer ${key}` } }).catch(
    () => null,
  );
  if (answer === null) return 'unreachable';
  if (answer.ok) return 'accepted';
  return answer.status === 401 || answer.status === 403 ? 'wrong' : 'unreachable';
}

export function storeKey(store: TextStore, key: string): void {
  try {
    store.setItem(name, key);
  } catch {
    // Without a store the key lives as long as the page does.
  }
}

export function forgetKey(store: TextStore): void {
  try {
    store.removeItem(name);
  } catch {
    // What could not be kept need not be forgotten.
  }
}

function readStored(store: TextStore): string | null {
  try {
    return store.getItem(name);
  } catch {
    return null;
  }
}
