import { statusGroups, type StatusGroup } from '../model/status-words.ts';

/** What the page shows, as far as it stands in the URL: what a link to it brings back. Never a key. */
export interface ViewAddress {
  /** CAIP-2; null: the first chain. */
  readonly chain: string | null;
  /** Id of the open transaction. */
  readonly transaction: string | null;
  readonly group: StatusGroup;
  readonly text: string;
  /** Hash of the block that the list is narrowed to. */
  readonly block: string | null;
}

export const startAddress: ViewAddress = { chain: null, transaction: null, group: 'all', text: '', block: null };

const textLimit = 200;

/** @param hash the URL's part from `#` on; what makes no sense in it is left out */
export function readAddress(hash: string): ViewAddress {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  const value = (name: string, pattern: RegExp): string | null => {
    const text = given.get(name);
    return text !== null && pattern.test(text) ? text : null;
  };
  const group = statusGroups.find(({ id }) => id === given.get('show'))?.id ?? 'all';
  return {
    chain: value('chain', /^[-a-z0-9]{3,8}:[-_a-zA-Z0-9]{1,32}$/),
    transaction: value('tx', /^tx_[0-9a-f]{1,64}$/),
    group,
    text: (given.get('q') ?? '').slice(0, textLimit),
    block: value('block', /^0x[0-9a-f]{64}$/),
  };
}

/** The shortest hash that `readAddress` turns back into this; empty at the start. */
export function writeAddress(address: ViewAddress): string {
  const entries = [
    ['chain', address.chain],
    ['show', address.group === 'all' ? null : address.group],
    ['q', address.text === '' ? null : address.text],
    ['block', address.block],
    ['tx', address.transaction],
  ].filter((entry): entry is [string, string] => entry[1] !== null);
  return entries.length === 0 ? '' : `#${new URLSearchParams(entries).toString().replaceAll('%3A', ':')}`;
}
