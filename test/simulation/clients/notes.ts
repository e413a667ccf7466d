/** What clients know of each other's affairs, for those who misuse it. */
export class Notes {
  /** By subscriber (null: the whole tenant), the first and the newest cursor that anybody was given. */
  readonly #cursors = new Map<string | null, { readonly first: string; readonly newest: string }>();
  readonly #sent: { readonly chain: string; readonly hash: string }[] = [];

  noteCursor(subscriber: string | null, cursor: string): void {
    this.#cursors.set(subscriber, { first: this.#cursors.get(subscriber)?.first ?? cursor, newest: cursor });
  }

  noteSent(sent: { readonly chain: string; readonly hash: string }): void {
    this.#sent.push(sent);
  }

  /** null: nobody has read there. */
  cursorsOf(subscriber: string | null): { readonly first: string; readonly newest: string } | null {
    return this.#cursors.get(subscriber) ?? null;
  }

  /** The transaction that was sent last; null: none was. */
  get lastSent(): { readonly chain: string; readonly hash: string } | null {
    return this.#sent.at(-1) ?? null;
  }
}
