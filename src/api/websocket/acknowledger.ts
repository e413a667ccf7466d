import type { Place } from '../../ports/event-reader.ts';
import type { Acknowledgements } from '../acknowledgements.ts';
import type { Subscription } from './subscription.ts';

/**
 * Acknowledgements of one subscription, made durable one at a time: those that arrive meanwhile are
 * joined into the highest, since an acknowledgement is cumulative. However fast a client
 * acknowledges, two places are all that is kept.
 */
export class Acknowledger {
  readonly #subscription: Subscription;
  readonly #acknowledgements: Acknowledgements;
  #highest: Place | null = null;
  #running: Promise<void> | null = null;

  constructor(options: { readonly subscription: Subscription }, deps: { readonly acknowledgements: Acknowledgements }) {
    this.#subscription = options.subscription;
    this.#acknowledgements = deps.acknowledgements;
  }

  /** Settles when it is durable or refused. */
  async acknowledge(place: Place): Promise<'acknowledged' | 'beyond_sent'> {
    const { scope, consumer, through } = this.#subscription;
    // Only what this subscription has sent may be joined: another place can be refused, and a refusal changes nothing.
    if (place > through) return this.#acknowledgements.acknowledge(scope, consumer, place);
    this.#highest = Math.max(this.#highest ?? 0, place);
    this.#running ??= this.#run();
    await this.#running;
    return 'acknowledged';
  }

  async #run(): Promise<void> {
    try {
      while (this.#highest !== null) {
        const place = this.#highest;
        this.#highest = null;
        await this.#acknowledgements.acknowledge(this.#subscription.scope, this.#subscription.consumer, place);
      }
    } finally {
      // In the same step as the last look, so that nothing is joined to what has ended.
      this.#running = null;
    }
  }
}
