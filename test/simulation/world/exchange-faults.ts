import type { Fault } from '../../../src/scripted-chain/fault.ts';
import { type FaultSite, type ProviderFault, repeatedly, ruled } from './provider-fault.ts';
import { simulatedResponseMaxCharacters } from './simulated-network.ts';

/** What goes wrong between the machine and a provider. All of it only keeps the tracker waiting. */
export const exchangeFaults: readonly ProviderFault[] = [
  ruled('answer_lost', 'work done and its answer lost', ({ chance }) => [
    { fault: chance.pick(silences), afterWork: true },
  ]),
  ruled('wrong_answer_ids', 'answers under wrong ids', () => [{ fault: { kind: 'wrong_id' } }]),
  ...batchTroubles(),
  ruled('refusals', 'requests refused', ({ chance }) => [{ fault: chance.pick(refusals) }]),
  ruled('broken_bodies', 'bodies that are no JSON', ({ chance }) => [{ fault: chance.pick(brokenBodies) }]),
  ruled('broken_bodies', 'an answer too long', () => [
    { fault: { kind: 'huge', bytes: simulatedResponseMaxCharacters } },
  ]),
  ruled('slow_drip', 'answers drop by drop', ({ chance }) => [
    { fault: { kind: 'drip', byteDelayMs: chance.pick([1, 5, 50, 1_000]) } },
  ]),
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
  ruled('deaf_socket', 'a socket that is deaf', () => [{ fault: { kind: 'deaf' } }]),
  {
    // All of them, so that nobody else's heads give it away; it outlasts the calm, until the socket is made anew.
    name: 'forgotten_subscription',
    victims: 'all_at_once',
    begin: (site) =>
      repeatedly(site, 3_000, 20_000, () => {
        site.context.reach('a subscription that is forgotten');
        site.chain.deafenSockets(site.provider);
      }),
  },
  {
    name: 'dead_socket',
    victims: 'everybody',
    begin: (site) =>
      repeatedly(site, 20_000, 60_000, () => {
        site.context.reach('a socket that is dead');
        site.chain.muteSockets(site.provider);
      }),
  },
  {
    name: 'lost_socket',
    victims: 'everybody',
    begin: (site) =>
      repeatedly(site, 500, 20_000, () => {
        site.context.reach('a socket that is lost');
        site.chain.dropSockets(site.provider);
      }),
  },
  ruled('disordered_heads', 'heads skipped, repeated or out of order', ({ chance }) => [
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

const brokenBodies: readonly Fault[] = [{ kind: 'html' }, { kind: 'html', status: 503 }, { kind: 'truncated' }];

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

/** Each of its own, so that a batch has one of them at a time. */
function batchTroubles(): readonly ProviderFault[] {
  const kinds = ['batch_reversed', 'batch_repeated', 'batch_swapped', 'batch_incomplete', 'batch_refused'] as const;
  return kinds.map((kind) => ruled('batch_trouble', kind.replace('_', ' '), () => [{ fault: { kind } }]));
}
