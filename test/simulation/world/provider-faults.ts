import { Chance, chanceOf } from '../chance.ts';
import type { Context } from '../context.ts';
import type { ArmedFault } from '../faults.ts';
import { calmFromMs } from '../seed-plan.ts';
import { answerFaults } from './answer-faults.ts';
import { exchangeFaults } from './exchange-faults.ts';
import type { End, ProviderFault } from './provider-fault.ts';
import type { SimulatedChain, SimulatedProvider } from './simulated-chain.ts';
import { viewFaults } from './view-faults.ts';

/** Every fault that a provider can have. */
export const providerFaultTable: readonly ProviderFault[] = [...viewFaults, ...answerFaults, ...exchangeFaults];

interface Span {
  readonly fromMs: number;
  readonly untilMs: number;
}

/**
 * The faults of one chain's providers: which of them they befall and when is drawn from the seed
 * before anything happens; which requests they strike meanwhile, from the request. When calm comes
 * every provider is honest and current again.
 */
export class ProviderFaults {
  readonly #chain: SimulatedChain;
  readonly #context: Context;
  readonly #about: string;
  /** Tells the truth throughout, whatever befalls its connections. */
  readonly #truthful: SimulatedProvider;
  /** Has no fault at all, where there is one. */
  readonly #spared: SimulatedProvider | null;
  readonly #running = new Set<End>();

  constructor(chain: SimulatedChain, context: Context) {
    this.#chain = chain;
    this.#context = context;
    this.#about = `faults/${chain.plan.config.chain}`;
    const chance = new Chance(context.seed, this.#about);
    this.#truthful = chance.pick(chain.providers);
    this.#spared = chance.happens(0.8) ? this.#truthful : null;
  }

  /** Has no fault but that it may be down with others; null: there is none. */
  get spared(): SimulatedProvider | null {
    return this.#spared;
  }

  start(): void {
    const { armed, time } = this.#context;
    for (const [index, fault] of providerFaultTable.entries()) {
      const arming = armed.get(fault.name);
      if (arming === undefined) continue;
      const chance = new Chance(this.#context.seed, `${this.#about}/${fault.name}/${index}`);
      for (const victims of this.#groups(fault, chance)) {
        for (const span of this.#spansOf(arming, chance)) this.#plan(fault, victims, { span, arming, chance });
      }
    }
    time.after(calmFromMs, () => this.#calm());
  }

  /** Whom it befalls: those of one group at the same times. */
  #groups({ victims }: ProviderFault, chance: Chance): readonly (readonly SimulatedProvider[])[] {
    const { providers } = this.#chain;
    const liars = providers.filter((provider) => provider !== this.#truthful);
    switch (victims) {
      case 'all_at_once':
        return [providers];
      case 'one':
        return [[chance.pick(liars)]];
      case 'two_of_three':
        // The one whose neighbour lies as well.
        return liars.length === 2 ? [liars.filter((liar) => this.#chain.nextOf(liar) !== this.#truthful)] : [];
      case 'not_the_last':
        return liars.map((provider) => [provider]);
      case 'everybody': {
        const able = providers.filter((provider) => provider !== this.#spared);
        const some = able.filter(() => chance.happens(0.7));
        return (some.length > 0 ? some : able).map((provider) => [provider]);
      }
    }
  }

  /** At its full rate it is one long span, from the first moment or once the tracker is at home with its providers. */
  #spansOf(arming: ArmedFault, chance: Chance): readonly Span[] {
    if (arming.rate < 1) return spansOf(arming, chance);
    const draw = chanceOf(this.#context.seed, `${this.#about}/${arming.name}/begins`);
    return [{ fromMs: draw < 0.4 ? 0 : lateBeginMs * draw, untilMs: calmFromMs }];
  }

  #plan(
    fault: ProviderFault,
    victims: readonly SimulatedProvider[],
    when: { readonly span: Span; readonly arming: ArmedFault; readonly chance: Chance },
  ): void {
    const { time } = this.#context;
    const { span, arming, chance } = when;
    const probability = arming.rate === 1 && chance.happens(0.5) ? 1 : chance.pick([0.1, 0.3, 0.6, 1]);
    const lastMs = span.untilMs - span.fromMs;
    time.after(span.fromMs, () => {
      for (const provider of victims) {
        const besideSpared = this.#spared !== null && this.#spared !== provider;
        const shared = { chain: this.#chain, context: this.#context, besideSpared };
        const site = { ...shared, provider, chance, probability, lastMs };
        this.#run(fault.begin(site), lastMs);
      }
    });
  }

  #run(end: End | null, lastMs: number): void {
    if (end === null) return;
    this.#running.add(end);
    this.#context.time.after(lastMs, () => this.#end(end));
  }

  #end(end: End): void {
    if (this.#running.delete(end)) end();
  }

  #calm(): void {
    for (const end of [...this.#running]) this.#end(end);
    for (const { provider, down, slowness } of this.#chain.providers) {
      const { pin, lag, hidesPool } = provider.view;
      if (pin === null && lag === 0 && !hidesPool && down === 0 && slowness === 1) continue;
      throw new Error(`${provider.name} is not well again`);
    }
  }
}

/** When a fault lasts that does not last throughout. */
function spansOf({ rate }: ArmedFault, chance: Chance): readonly Span[] {
  const spans: Span[] = [];
  const count = chance.whole(1, 1 + Math.round(10 * rate));
  let fromMs = 0;
  for (let left = count; left > 0; left -= 1) {
    fromMs += chance.between(0, (2 * (calmFromMs - fromMs)) / (left + 1));
    const [least, most] = chance.pick(lengthsMs);
    const untilMs = Math.min(calmFromMs, fromMs + chance.between(least, most));
    spans.push({ fromMs, untilMs });
    fromMs = untilMs;
  }
  return spans;
}

/** A fault at its full rate begins by then, milliseconds. */
const lateBeginMs = 60_000;

/** Moments, and minutes. */
const lengthsMs = [
  [2_000, 10_000],
  [10_000, 40_000],
  [40_000, 150_000],
] as const;
