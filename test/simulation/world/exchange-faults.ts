import type { Fault, FaultRule } from '../../../src/scripted-chain/fault.ts';
import { type FaultSite, type ProviderFault, repeatedly, setRules } from './provider-fault.ts';
import { simulatedResponseMaxCharacters } from './simulated-network.ts';

/** What goes wrong between the machine and a provider. All of it only keeps the tracker waiting. */
export const exchangeFaults: readonly ProviderFault[] = [
  rules('answer_lost', ({ chance, context }) => {
    context.reach('work done and its answer lost');
    return [{ fault: chance.pick(silences), afterWork: true }];
  }),
  rules('wrong_answer_ids', () => [{ fault: { kind: 'wrong_id' } }]),
  rules('batch_trouble', ({ chance, context }) => {
    const kind = chance.pick(['batch_reversed', 'batch_swapped', 'batch_incomplete', 'batch_refused'] as const);
    context.reach(kind.replace('_', ' '));
    return [{ fault: { kind } }];
  }),
  rules('refusals', ({ chance }) => [{ fault: chance.pick(refusals) }]),
  rules('broken_bodies', ({ chance }) => [{ fault: chance.pick(brokenBodies) }]),
  rules('slow_drip', ({ chance }) => [{ fault: { kind: 'drip', byteDelayMs: chance.pick([1, 5, 50, 1_000]) } }]),
  {
    name: 'slow_provider',
    victims: 'everybody',
    begin: ({ provider, context }) => {
      context.reach('a provider a hundred times as slow');
      provider.slowness *= 100;
      return () => {
        provider.slowness /= 100;
      };
    },
  },
  { name: 'flapping_provider', victims: 'everybody', begin: flap },
  {
    name: 'all_down',
    victims: 'all_at_once',
    begin: ({ provider, chain, context }) => {
      provider.down += 1;
      chain.dropSockets(provider);
      if (chain.providers.every(({ down }) => down > 0)) context.reach('all providers down at once');
      return () => {
        provider.down -= 1;
      };
    },
  },
  rules('deaf_socket', ({ context }) => {
    context.reach('a socket that is deaf');
    return [{ fault: { kind: 'deaf' } }];
  }),
  {
    name: 'dead_socket',
    victims: 'everybody',
    begin: (site) => repeatedly(site, 20_000, 60_000, () => site.chain.muteSockets(site.provider)),
  },
  {
    name: 'lost_socket',
    victims: 'everybody',
    begin: (site) => repeatedly(site, 500, 20_000, () => site.chain.dropSockets(site.provider)),
  },
  rules('disordered_heads', ({ chance }) => [
    { fault: { kind: chance.pick(['skipped_heads', 'repeated_heads', 'unordered_heads'] as const) } },
  ]),
];

const silences: readonly Fault[] = [{ kind: 'drop' }, { kind: 'hang' }, { kind: 'http_status', status: 502 }];

const refusals: readonly Fault[] = [
  { kind: 'http_status', status: 429, retryAfterSeconds: 3 },
  { kind: 'http_status', status: 429 },
  { kind: 'http_status', status: 402 },
  { kind: 'http_status', status: 403 },
  { kind: 'http_status', status: 500 },
  { kind: 'http_status', status: 503 },
  { kind: 'error', code: -32005, message: 'daily request count exceeded, request rate limited' },
  { kind: 'error', code: -32603, message: 'internal error' },
];

const brokenBodies: readonly Fault[] = [
  { kind: 'html' },
  { kind: 'html', status: 503 },
  { kind: 'truncated' },
  { kind: 'huge', bytes: simulatedResponseMaxCharacters },
];

/** Up and down again every few seconds (F17). */
function flap(site: FaultSite): () => void {
  const { provider, chain, context } = site;
  let isDown = false;
  const set = (down: boolean): void => {
    if (down === isDown) return;
    isDown = down;
    provider.down += down ? 1 : -1;
    if (down) chain.dropSockets(provider);
  };
  context.reach('a provider that flaps');
  const end = repeatedly(site, 1_000, 6_000, () => set(!isDown));
  return () => {
    end();
    set(false);
  };
}

function rules(name: ProviderFault['name'], of: (site: FaultSite) => readonly FaultRule[]): ProviderFault {
  return { name, victims: 'everybody', begin: (site) => setRules(site, of(site)) };
}
