import type { Acknowledger } from '../acknowledger.ts';
import type { TransportName } from '../client-options.ts';
import type { TxTrailClientError } from '../errors.ts';
import type { EventQueue } from '../event-queue.ts';

/** What a connection serves. */
export interface Feed {
  readonly request: {
    readonly subscriber: string | undefined;
    readonly consumer: string | undefined;
    readonly types: readonly string[] | undefined;
    readonly transaction: string | undefined;
    readonly chain: string | undefined;
    readonly window: number;
  };
  readonly queue: EventQueue;
  readonly acknowledgements: Acknowledger;
  /** The server has answered: events come from now on. */
  live(transport: TransportName): void;
}

/** How one connection ended. */
export type Ending =
  /** We wanted it. */
  | { readonly kind: 'aborted' }
  /** More came than may be read ahead; to go on once the queue is empty. */
  | { readonly kind: 'full' }
  | { readonly kind: 'reset'; readonly reason: string; readonly oldestCursor: string }
  /** Another attempt would end the same. */
  | { readonly kind: 'refused'; readonly error: TxTrailClientError }
  | Lost;

export interface Lost {
  readonly kind: 'lost';
  readonly error: TxTrailClientError;
  /** It never worked, and nothing but the way itself is to blame. */
  readonly blamesTransport: boolean;
  readonly retryInMs: number;
  /** The same for all that lost the same connection. */
  readonly connection: object;
}

export interface Transport {
  /** One connection from its beginning to its end. Never rejects. */
  run(feed: Feed, signal: AbortSignal): Promise<Ending>;
}
