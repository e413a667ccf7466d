import { Bell } from '../lib/bell.ts';
import type { EventReader, EventScope, Place } from '../ports/event-reader.ts';

/**
 * Acknowledgements from every channel, so that a socket learns at once what the same consumer has
 * acknowledged on another socket or over HTTP. Bells are kept only while somebody listens.
 */
export interface Acknowledgements {
  /** Durable when it resolves. */
  acknowledge(scope: EventScope, consumer: string, upTo: Place): Promise<'acknowledged' | 'beyond_sent'>;
  /** Calls back after an acknowledgement of this consumer; returns the way to stop. */
  listen(scope: EventScope, consumer: string, listener: () => void): () => void;
}

export function createAcknowledgements(deps: { readonly events: EventReader }): Acknowledgements {
  const bells = new Map<string, Bell>();
  return {
    acknowledge: async (scope, consumer, upTo) => {
      const outcome = await deps.events.acknowledge(scope, consumer, upTo);
      if (outcome === 'acknowledged') bells.get(nameOf(scope, consumer))?.ring();
      return outcome;
    },
    listen: (scope, consumer, listener) => {
      const name = nameOf(scope, consumer);
      const bell = bells.get(name) ?? new Bell();
      bells.set(name, bell);
      const stop = bell.listen(listener);
      return () => {
        stop();
        if (bell.listeners === 0) bells.delete(name);
      };
    },
  };
}

function nameOf(scope: EventScope, consumer: string): string {
  return JSON.stringify([scope.tenant, scope.subscriber, consumer]);
}
