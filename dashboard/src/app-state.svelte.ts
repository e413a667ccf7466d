import type { TxTrailClient } from '@txtrail/client';
import { createClient } from '@txtrail/client';
import type { Chain, ChainDetail, SandboxState, TxTrailEvent } from '@txtrail/protocol';
import { ChainWatch } from './data/chain-watch.ts';
import type { Connection, Delay } from './data/connection.ts';
import { LiveSession } from './data/live-session.ts';
import { createSandboxCalls, type SandboxCalls } from './data/sandbox-calls.ts';
import { type SessionKey, findKey, forgetKey, storeKey, tryKey } from './data/session-key.ts';
import { OpenTransaction } from './lifeline/open-transaction.svelte.ts';
import type { ChainProgress } from './model/confirmation-count.ts';
import { filterRows, groupCounts, type ListFilter, wholeHash } from './model/list-filter.ts';
import { TransactionBook } from './model/transaction-book.ts';
import { nextTheme, readPreferences, type Preferences, writePreferences } from './shell/preferences.ts';
import { readAddress, type ViewAddress, writeAddress } from './shell/view-address.ts';
import { ServerClock } from './time/server-clock.ts';

type Stage = 'starting' | 'sign_in' | 'open';

/** What a session holds while it is open. */
interface OpenSession {
  readonly client: TxTrailClient;
  readonly live: LiveSession;
  readonly chains: ChainWatch;
  readonly sandbox: SandboxCalls;
  readonly source: SessionKey['source'];
}

const sandboxPollMs = 2000;
const searchPauseMs = 300;

/** The page's state: what components read, and what they may ask for. */
export class AppState {
  /** The server's URL without a slash at its end; the page may lie below a path. */
  readonly base = new URL('.', location.href).href.replace(/\/$/, '');
  readonly book = new TransactionBook();
  readonly clock = new ServerClock(() => Date.now());
  readonly open: OpenTransaction;

  stage = $state<Stage>('starting');
  signInProblem = $state<string | null>(null);
  connection = $state.raw<Connection>({ kind: 'connecting' });
  delay = $state.raw<Delay | null>(null);
  chains = $state.raw<readonly Chain[]>([]);
  detail = $state.raw<ChainDetail | null>(null);
  sandbox = $state.raw<SandboxState | null>(null);
  address = $state.raw<ViewAddress>(readAddress(location.hash));
  preferences = $state.raw<Preferences>(readPreferences(localStorage));
  nowMs = $state(Date.now());
  isListCut = $state(false);
  isListRead = $state(false);
  /** For screen readers: what happened that nobody asked to see. */
  announcement = $state('');
  canSignOut = $state(false);
  /** Rises with every change of the book, which is no rune itself. */
  #version = $state(0);

  readonly progress: ChainProgress = $derived({
    head: this.detail?.head?.number ?? null,
    safe: this.detail?.finality.safe ?? null,
    finalized: this.detail?.finality.finalized ?? null,
  });
  readonly filter: ListFilter = $derived({
    chain: this.detail?.chain ?? this.address.chain,
    group: this.address.group,
    text: this.address.text,
    block: this.address.block,
  });
  readonly rows = $derived.by(() => this.reading((book) => filterRows(book, this.filter)));
  readonly counts = $derived.by(() => this.reading((book) => groupCounts(book, this.filter)));

  #session: OpenSession | null = null;
  #frame = 0;
  #cancelSearch: () => void = () => undefined;
  readonly #fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await fetch(input, init);
    this.clock.note(answer.headers.get('date'));
    return answer;
  };

  constructor() {
    this.open = new OpenTransaction({ book: this.book, onChange: () => this.#changed() });
  }

  /** Reads the book where a rune is listening: again at each change of it. */
  reading<Result>(read: (book: TransactionBook) => Result): Result {
    void this.#version;
    return read(this.book);
  }

  async start(): Promise<void> {
    this.#applyTheme();
    addEventListener('popstate', () => this.#goTo(readAddress(location.hash)));
    document.addEventListener('visibilitychange', () => this.#session?.chains.setHidden(document.hidden));
    setInterval(() => this.#tick(), 1000);
    setInterval(() => void this.#readSandbox(), sandboxPollMs);
    const found = await findKey({ fetch: this.#fetch, store: sessionStorage, base: this.base });
    if (found === null) this.stage = 'sign_in';
    else this.#openSession(found);
  }

  async signIn(key: string): Promise<void> {
    this.signInProblem = null;
    const trial = await tryKey({ fetch: this.#fetch, base: this.base }, key);
    if (trial === 'accepted') {
      storeKey(sessionStorage, key);
      this.#openSession({ key, source: 'typed' });
    } else if (trial === 'wrong') {
      this.signInProblem = 'The server does not take this key. Check that it is whole, and of this server.';
    } else this.signInProblem = 'The server does not answer. Is it running?';
  }

  signOut(problem: string | null = null): void {
    forgetKey(sessionStorage);
    const session = this.#session;
    this.#session = null;
    void session?.live.close();
    session?.chains.close();
    this.open.attach(null);
    this.book.clear();
    this.detail = null;
    this.chains = [];
    this.sandbox = null;
    this.isListRead = false;
    this.signInProblem = problem;
    this.stage = 'sign_in';
    this.#changed();
  }

  /** Moves to another view; a new entry of the browser's history unless it is a mere narrowing. */
  go(change: Partial<ViewAddress>, options: { readonly replace?: boolean } = {}): void {
    const address = { ...this.address, ...change };
    const hash = writeAddress(address);
    const url = hash === '' ? location.pathname + location.search : hash;
    if (options.replace === true) history.replaceState(null, '', url);
    else history.pushState(null, '', url);
    this.#goTo(address);
  }

  hrefOf(change: Partial<ViewAddress>): string {
    return writeAddress({ ...this.address, ...change }) || '#';
  }

  prefer(change: Partial<Preferences>): void {
    this.preferences = { ...this.preferences, ...change };
    writePreferences(localStorage, this.preferences);
    this.#applyTheme();
  }

  nextTheme(): void {
    this.prefer({ theme: nextTheme(this.preferences.theme) });
    this.announcement = `Theme: ${this.preferences.theme}`;
  }

  nextZone(): void {
    this.prefer({ zone: this.preferences.zone === 'utc' ? 'local' : 'utc' });
    this.announcement = this.preferences.zone === 'utc' ? 'Times are UTC' : 'Times are local';
  }

  async press(button: (calls: SandboxCalls) => ReturnType<SandboxCalls['reorg']>, done: string): Promise<string> {
    if (this.#session === null) return 'Not connected.';
    const result = await button(this.#session.sandbox);
    if (result.outcome === 'done') this.sandbox = result.state;
    this.#session?.chains.soon();
    return result.outcome === 'done' ? done : result.reason;
  }

  #openSession({ key, source }: SessionKey): void {
    const client = createClient({ url: this.base, key, fetch: this.#fetch, retries: 0 });
    const after = (delayMs: number, task: () => void): (() => void) => {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    };
    const chains = new ChainWatch({
      client,
      after,
      onChains: (all) => {
        this.chains = all;
      },
      onDetail: (detail) => {
        this.detail = detail;
        this.nowMs = this.clock.now();
      },
    });
    const live = new LiveSession({
      client,
      book: this.book,
      now: () => this.clock.now(),
      after,
      onConnection: (connection) => this.#onConnection(connection),
      onChange: () => this.#changed(),
      onEvent: (event, delay) => this.#onEvent(event, delay),
      onList: ({ isCut }) => {
        this.isListCut = isCut;
        this.isListRead = true;
        this.open.refresh();
        chains.soon();
      },
    });
    const sandbox = createSandboxCalls({ base: this.base, key }, { fetch: this.#fetch });
    this.#session = { client, live, chains, sandbox, source };
    this.canSignOut = source === 'typed';
    this.stage = 'open';
    this.open.attach(client);
    chains.show(this.address.chain);
    this.#goTo(this.address);
    if (source === 'sandbox') void this.#readSandbox();
  }

  #onConnection(connection: Connection): void {
    if (connection.kind !== this.connection.kind) {
      if (connection.kind === 'reconnecting') this.announcement = 'The connection was lost. Reconnecting.';
      else if (connection.kind === 'live' && this.connection.kind === 'reconnecting') this.announcement = 'Live again.';
    }
    this.connection = connection;
    if (connection.kind === 'refused') this.signOut(connection.reason);
  }

  #onEvent(event: TxTrailEvent, delay: Delay): void {
    this.delay = delay;
    this.open.hear(event);
    this.#session?.chains.soon();
    const { reorg, transaction } = event.data;
    if (reorg !== undefined && transaction.id === this.address.transaction) {
      this.announcement = `Reorged out of block ${reorg.fromBlockNumber}, depth ${reorg.depth}.`;
    }
  }

  #goTo(address: ViewAddress): void {
    const chain = this.address.chain;
    this.address = address;
    if (address.chain !== chain) this.#session?.chains.show(address.chain);
    this.open.show(address.transaction);
    this.#cancelSearch();
    const hash = wholeHash(address.text);
    if (hash !== null && this.book.withHash(hash).length === 0) this.#searchServer(hash);
  }

  /** A whole hash that the list does not have may still be tracked: the list is not endless. */
  #searchServer(hash: string): void {
    const timer = setTimeout(async () => {
      const found = await this.#session?.client.transactions({ hash }).catch(() => null);
      if (found !== null && found !== undefined) this.book.load(found.data);
      this.#changed();
    }, searchPauseMs);
    this.#cancelSearch = () => clearTimeout(timer);
  }

  /** Gathers what changes within a frame. */
  #changed(): void {
    if (this.#frame !== 0) return;
    this.#frame = setTimeout(() => {
      this.#frame = 0;
      this.#version += 1;
    }, 16) as unknown as number;
  }

  #tick(): void {
    this.nowMs = this.clock.now();
  }

  async #readSandbox(): Promise<void> {
    if (this.#session?.source !== 'sandbox' || document.hidden) return;
    const state = await this.#session.sandbox.state();
    if (state !== null) this.sandbox = state;
  }

  #applyTheme(): void {
    const { theme } = this.preferences;
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
  }
}
