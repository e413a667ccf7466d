import type { Transaction } from '@txtrail/client';
import { plainText } from './plain-text.ts';

/** A hash as people compare them: its beginning and its end. */
export function shortHash(hash: string): string {
  return plainText(hash.length > 16 ? `${hash.slice(0, 8)}…${hash.slice(-6)}` : hash);
}

/** Where a transaction stands, in a clause: the status first, then what there is to say of it. */
export function statusWords(transaction: Transaction): string {
  const { status, reason, replacedBy, blockNumber, execution, requiredConfirmations, confirmations } = transaction;
  const words: unknown[] = [status];
  if (reason !== null) words.push(reason);
  if (status === 'replaced') words.push(`by ${replacedBy}`);
  else if (blockNumber !== null) {
    words.push(`block ${blockNumber}`, confirmationWords(confirmations, requiredConfirmations));
    words.push(execution ?? 'execution not known yet');
  }
  // A server is believed in what it says, not in what its words would do to the terminal.
  return plainText(words.join(', '));
}

/** `2/12 confirmations`; where the chain's own word is wanted, `2 confirmations, waits for finalized`. */
export function confirmationWords(confirmations: number, required: Transaction['requiredConfirmations']): string {
  if (typeof required === 'number') return `${confirmations}/${required} confirmations`;
  return `${confirmations} confirmations, required: ${required}`;
}

/** One line: id, chain, hash and where it stands. */
export function transactionLine(transaction: Transaction): string {
  const { id, chain, hash } = transaction;
  return `${plainText(id)}  ${plainText(chain)}  ${plainText(hash)}  ${statusWords(transaction)}`;
}

/** How long ago, in one unit or two: `4 s`, `3 min`, `2 h 5 min`, `3 d`. */
export function ageWords(ageMs: number): string {
  const seconds = Math.max(0, Math.round(ageMs / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}
