import type { ClientEvent } from '@txtrail/client';
import { confirmationWords, shortHash } from './describe.ts';
import { plainText } from './plain-text.ts';

const mostFacts = 200;

/** One event in one line: time, subscriber and number, type, transaction, facts. */
export function eventLine(event: ClientEvent): string {
  const { time, subscriber, seq } = event;
  const { hash, facts } = factsOf(event);
  const type = event.type.replace(/^transaction\./, '');
  const columns = [
    plainText(time),
    plainText(`${subscriber}#${seq}`),
    plainText(type).padEnd(12),
    ...(hash === null ? [] : [shortHash(hash)]),
    ...facts.map((fact) => plainText(fact)),
  ];
  return `${columns.slice(0, 3).join('  ')}  ${columns.slice(3).join(', ')}`.trimEnd();
}

interface EventFacts {
  readonly hash: string | null;
  readonly facts: readonly string[];
}

/** Members as an event of any version may have them; what is not there is not told. */
interface LooseData {
  readonly transaction?: {
    readonly hash?: unknown;
    readonly status?: unknown;
    readonly blockNumber?: unknown;
    readonly execution?: unknown;
    readonly requiredConfirmations?: unknown;
  };
  readonly confirmations?: unknown;
  readonly late?: unknown;
  readonly reorg?: { readonly fromBlockNumber?: unknown; readonly depth?: unknown; readonly beyondFinality?: unknown };
  readonly replacement?: { readonly hash?: unknown; readonly reason?: unknown; readonly final?: unknown };
  readonly failure?: { readonly class?: unknown; readonly message?: unknown };
  readonly expiry?: { readonly reason?: unknown };
  readonly stuck?: { readonly reason?: unknown };
}

/** A server may be newer than this program, so nothing about the data is taken for granted. */
function factsOf(event: ClientEvent): EventFacts {
  const data = Object(event.data) as LooseData;
  const { transaction } = data;
  if (typeof transaction !== 'object' || typeof transaction.hash !== 'string') {
    const text = JSON.stringify(event.data) ?? '';
    return { hash: null, facts: [text.length > mostFacts ? `${text.slice(0, mostFacts)}…` : text] };
  }
  const facts = [...verdictFacts(data), ...(data.late === true ? ['late'] : [])];
  return { hash: transaction.hash, facts };
}

function verdictFacts({
  transaction = {},
  reorg,
  replacement,
  failure,
  expiry,
  stuck,
  confirmations,
}: LooseData): string[] {
  if (reorg !== undefined) {
    const beyond = reorg.beyondFinality === true ? ['beyond finality'] : [];
    return [`left block ${reorg.fromBlockNumber}`, `depth ${reorg.depth}`, ...beyond, `now ${transaction.status}`];
  }
  if (replacement !== undefined) {
    const final = replacement.final === true ? ['final'] : [];
    return [`${replacement.reason} by ${shortHash(String(replacement.hash))}`, ...final];
  }
  if (failure !== undefined) return [`${failure.class}: ${failure.message}`];
  if (expiry !== undefined) return [String(expiry.reason)];
  if (stuck !== undefined) return [String(stuck.reason)];
  if (typeof transaction.blockNumber !== 'number') return [];
  const required = transaction.requiredConfirmations as number | 'safe' | 'finalized';
  return [
    `block ${transaction.blockNumber}`,
    confirmationWords(Number(confirmations), required),
    ...(typeof transaction.execution === 'string' ? [transaction.execution] : []),
  ];
}
