/** `acks/<lane>`: a consumer has everything up to and including this place. */
export interface AckRecord {
  readonly tenant: string;
  /** null: a consumer of the whole tenant. */
  readonly subscriber: string | null;
  readonly consumer: string;
  /** A seq for a subscriber's consumer; a log position for a whole tenant's. */
  readonly upTo: number;
}
