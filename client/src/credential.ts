import { TxTrailClientError } from './errors.ts';

/** The key or token of a client. A token that comes from a function is kept until the server refuses it. */
export class Credential {
  readonly #source: string | (() => string | Promise<string>);
  #current: Promise<string> | null = null;
  #value: string | null = null;
  /** Tokens refused with none accepted between. */
  #refusals = 0;

  constructor(source: string | (() => string | Promise<string>)) {
    this.#source = source;
  }

  /** @throws TxTrailClientError `token_unavailable` where the caller's function fails */
  async get(): Promise<string> {
    const source = this.#source;
    if (typeof source === 'string') return source;
    this.#current ??= askFor(source);
    const current = this.#current;
    try {
      this.#value = await current;
      return this.#value;
    } catch (error) {
      if (this.#current === current) this.#current = null;
      throw error;
    }
  }

  accepted(): void {
    this.#refusals = 0;
  }

  /** The server does not take this one. True: another try makes sense, since another one can be had. */
  refused(secret: string): boolean {
    if (typeof this.#source === 'string') return false;
    // Several may have been refused with the same one.
    if (this.#value === secret) {
      this.#value = null;
      this.#current = null;
      this.#refusals += 1;
    }
    return this.#refusals <= 1;
  }
}

async function askFor(source: () => string | Promise<string>): Promise<string> {
  try {
    return await source();
  } catch (cause) {
    throw new TxTrailClientError('token_unavailable', 'The function given as token failed; see cause.', { cause });
  }
}
