import type { ChainConfig, ProviderConfig } from '../../config/config.ts';
import { redactUrls } from '../../lib/redact-urls.ts';
import { isUnsupported, probeProvider } from '../../runtime/probes.ts';
import type { ProbedEndpoint, ProbedHttp } from '../../runtime/probes.ts';
import { plainText } from '../plain-text.ts';
import { fail, info, pass, warn } from './check.ts';
import type { Check, Finding } from './check.ts';

/** More than the header's own whole second, and what a request takes. */
const smallSkewMs = 5_000;
/** Blocks bear the time of their slot, which may lie a little ahead. */
const futureHeadMs = 15_000;
/** A head older than this many block times is old; but chains that mine on demand are let be for a while. */
const oldHeadBlocks = 10;
const oldHeadMs = 60_000;

/** What one check found, and what the later ones need of it. */
interface Head {
  readonly number: number;
  readonly hash: string;
  readonly timestampMs: number;
}

/** Asks one provider everything that following its chain needs of it. It is asked in order and never at once. */
export async function providerChecks(
  chain: ChainConfig,
  provider: ProviderConfig,
  now: () => number,
): Promise<readonly Check[]> {
  const area = `${chain.name ?? chain.chain} ${provider.name}`;
  const { http, ws } = probeProvider(provider);
  try {
    const found = await look({ chain, provider, http, ws, now });
    return found.map(([name, finding]) => ({ area, name, ...finding }));
  } finally {
    await Promise.all([http?.close(), ws?.close()]);
  }
}

interface Looked {
  readonly chain: ChainConfig;
  readonly provider: ProviderConfig;
  readonly http: ProbedHttp | null;
  readonly ws: ProbedEndpoint | null;
  readonly now: () => number;
}

type Found = readonly (readonly [string, Finding])[];

async function look(looked: Looked): Promise<Found> {
  const { http, ws, provider, chain } = looked;
  const asked = http ?? ws;
  const place = redactUrls(String(provider.http ?? provider.ws));
  const answer = await attempt(() => asked?.call('eth_chainId', []));
  if ('fault' in answer) {
    const remedy = 'Check its URL and key, and whether this machine reaches it.';
    return [['answer', fail(`${place} does not answer: ${answer.fault}`, remedy)]];
  }
  const identity = chainFinding(chain, answer.value, place);
  if (identity.result === 'fail' || asked === null) return [['chain', identity]];
  const head = await attempt(async () => headOf(await asked.call('eth_getBlockByNumber', ['latest', false])));
  if ('fault' in head)
    return [
      ['chain', identity],
      ['head', fail(`no head: ${head.fault}`, otherProvider)],
    ];
  return [
    ['chain', identity],
    ['head', headFinding(head.value, looked)],
    ['final', await finalFinding(asked, head.value, chain)],
    ['receipts', await receiptsFinding(asked, head.value)],
    ...(http === null ? [] : await requestFindings(http, looked.now)),
    ['heads by socket', await socketFinding(looked)],
    ['old state', await oldStateFinding(asked)],
  ];
}

const otherProvider = 'Ask the provider about it, or use another one.';

function chainFinding(chain: ChainConfig, given: unknown, place: string): Finding {
  const found = numberOf(given);
  if (found === null) return fail(`${place} gives no chain id`, 'This is no JSON-RPC of an EVM node: check the URL.');
  if (chain.chainId === null || found === chain.chainId) return pass(`${place} serves eip155:${found}`);
  return fail(
    `${place} serves eip155:${found}, not ${chain.chain}`,
    `Give a URL of ${chain.name ?? chain.chain}, or name the chain it serves.`,
  );
}

function headFinding(head: Head, { chain, now }: Looked): Finding {
  const ageMs = now() - head.timestampMs;
  if (ageMs < -futureHeadMs) {
    const remedy = 'Let this machine keep its time by NTP (systemd-timesyncd, chrony).';
    return warn(`block ${head.number} is ${seconds(-ageMs)} ahead of this machine's clock`, remedy);
  }
  const finding = `block ${head.number}, ${seconds(Math.max(0, ageMs))} old`;
  if (ageMs <= Math.max(oldHeadMs, oldHeadBlocks * chain.blockTimeMs)) return pass(finding);
  return warn(finding, 'The provider is behind, or the chain stands still: compare with another provider.');
}

async function finalFinding(asked: ProbedEndpoint, head: Head, chain: ChainConfig): Promise<Finding> {
  const [safe, finalized] = [await tagged(asked, 'safe'), await tagged(asked, 'finalized')];
  if (typeof finalized === 'number') {
    const safeWords = typeof safe === 'number' ? `safe is ${head.number - safe} and ` : 'no safe tag; ';
    return pass(`${safeWords}finalized ${head.number - finalized} blocks behind the head`);
  }
  if (chain.finality !== 'tag') return pass(`no finalized tag; finality is a depth of ${chain.finality} blocks here`);
  const remedy = 'Nothing would become final: set finality of the chain to a depth in blocks.';
  return warn(`no finalized tag${finalized === null ? '' : ` (${finalized.fault})`}`, remedy);
}

/** The number of the block a tag names; null: the provider knows no such tag or block. */
async function tagged(asked: ProbedEndpoint, tag: string): Promise<number | null | { readonly fault: string }> {
  const answer = await attempt(() => asked.call('eth_getBlockByNumber', [tag, false]));
  if ('fault' in answer) return answer.isUnsupported ? null : answer;
  return numberOf((answer.value as { readonly number?: unknown } | null)?.number);
}

async function receiptsFinding(asked: ProbedEndpoint, head: Head): Promise<Finding> {
  const answer = await attempt(() => asked.call('eth_getBlockReceipts', [head.hash]));
  if ('value' in answer && Array.isArray(answer.value)) return pass('all receipts of a block in one call');
  const remedy = 'Receipts are asked one by one instead: more calls, nothing else.';
  return warn(`no eth_getBlockReceipts${'fault' in answer ? ` (${answer.fault})` : ''}`, remedy);
}

async function requestFindings(http: ProbedHttp, now: () => number): Promise<Found> {
  const probe = await attempt(() => http.batch());
  if ('fault' in probe) return [['batch', warn(`a batch fails: ${probe.fault}`, otherProvider)]];
  const { isAccepted, serverTimeMs } = probe.value;
  const batch = isAccepted
    ? pass('several calls in one request')
    : warn('batches are refused', 'Calls go one by one instead: more requests, nothing else.');
  const clock = serverTimeMs === null ? [] : [['clock', clockFinding(now() - serverTimeMs)] as const];
  return [['batch', batch], ...clock];
}

function clockFinding(skewMs: number): Finding {
  const finding = `this machine's clock is within ${seconds(smallSkewMs)} of the provider's`;
  if (Math.abs(skewMs) <= smallSkewMs) return pass(finding);
  const direction = skewMs > 0 ? 'ahead of' : 'behind';
  return warn(
    `this machine's clock is ${seconds(Math.abs(skewMs))} ${direction} the provider's`,
    'Let this machine keep its time by NTP (systemd-timesyncd, chrony).',
  );
}

async function socketFinding({ chain, provider, ws }: Looked): Promise<Finding> {
  if (ws === null) return info(`no ws URL: the head is asked for every ${chain.pollIntervalMs} ms`);
  const place = redactUrls(String(provider.ws));
  const id = await attempt(() => ws.call('eth_chainId', []));
  const remedy = 'Check the ws URL. Until then the head is asked for again and again.';
  if ('fault' in id) return warn(`${place}: ${id.fault}`, remedy);
  const identity = chainFinding(chain, id.value, place);
  if (identity.result === 'fail') return identity;
  const subscription = await attempt(() => ws.call('eth_subscribe', ['newHeads']));
  if ('fault' in subscription) return warn(`${place} takes no subscription: ${subscription.fault}`, remedy);
  return pass(`${place} announces new heads`);
}

async function oldStateFinding(asked: ProbedEndpoint): Promise<Finding> {
  const nobody = `0x${'0'.repeat(40)}`;
  const answer = await attempt(() => asked.call('eth_getBalance', [nobody, '0x1']));
  const isKept = 'value' in answer && typeof answer.value === 'string';
  return info(
    isKept ? 'kept from the first block on (an archive)' : 'not kept from the first block on; TxTrail needs none',
  );
}

type Attempt<Value> = { readonly value: Value } | { readonly fault: string; readonly isUnsupported: boolean };

/** The provider's answer, or what is wrong in one line that holds no address. */
async function attempt<Value>(ask: () => Promise<Value> | undefined): Promise<Attempt<Value>> {
  try {
    return { value: (await ask()) as Value };
  } catch (error) {
    const message = plainText(redactUrls(error instanceof Error ? error.message : String(error)));
    return { fault: message, isUnsupported: isUnsupported(error) };
  }
}

function headOf(block: unknown): Head {
  const { number, hash, timestamp } = Object(block) as Readonly<Record<string, unknown>>;
  const [height, time] = [numberOf(number), numberOf(timestamp)];
  if (height === null || time === null || typeof hash !== 'string') throw new Error('it shows no block');
  return { number: height, hash, timestampMs: time * 1000 };
}

function numberOf(quantity: unknown): number | null {
  if (typeof quantity !== 'string' || !/^0x[0-9a-f]{1,13}$/i.test(quantity)) return null;
  return Number(quantity);
}

function seconds(timeMs: number): string {
  return `${Math.round(timeMs / 1000)} s`;
}
