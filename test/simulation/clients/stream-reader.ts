import type { TxTrailEvent } from '@txtrail/protocol';
import { Chance } from '../chance.ts';
import { strikes } from '../faults.ts';
import { apiKey } from '../seed-plan.ts';
import { acknowledgeByCall } from './acknowledge-call.ts';
import type { ApiClient } from './api-client.ts';
import type { ClientDeps } from './client-deps.ts';
import { HttpLine } from './http-line.ts';
import { comeBackMs, type Reader, silenceMs } from './reader.ts';
import type { Reading } from './reading.ts';
import { type StreamBlock, StreamText } from './stream-text.ts';

export interface StreamReaderOptions {
  readonly reading: Reading;
  /** One way, milliseconds. */
  readonly latencyMs: number;
  /** Between two acknowledgements, milliseconds. */
  readonly acknowledgesEveryMs: number;
}

/** Reads an event stream, as a browser's EventSource does, and acknowledges over HTTP. */
export class StreamReader implements Reader {
  readonly readings: readonly Reading[];
  readonly #options: StreamReaderOptions;
  readonly #deps: ClientDeps & { readonly api: ApiClient };
  readonly #chance: Chance;
  #line: HttpLine | null = null;
  #heardAtMs = 0;
  #isAnswered = false;
  #connections = 0;
  #isAcknowledging = false;

  constructor(options: StreamReaderOptions, deps: ClientDeps & { readonly api: ApiClient }) {
    this.#options = options;
    this.readings = [options.reading];
    this.#deps = deps;
    this.#chance = new Chance(deps.context.seed, `stream/${options.reading.options.name}`);
  }

  get isOpen(): boolean {
    return this.#line !== null && !this.#line.isOver;
  }

  start(): void {
    this.#connect();
    this.#acknowledgeLater();
  }

  drop(): void {
    this.#line?.cut();
  }

  async finish(): Promise<void> {
    const { time } = this.#deps.context;
    const { reading } = this.#options;
    // The line it has may be dead without a word.
    this.drop();
    for (let last = reading.last; ; last = reading.last) {
      await time.sleep(2_500);
      if (!this.isOpen || !this.#isAnswered || reading.last !== last) continue;
      await this.#acknowledge();
      if (!reading.owesAcknowledgement) return;
    }
  }

  #connect(): void {
    this.#connections += 1;
    const { seed, armed, time } = this.#deps.context;
    const about = `${this.#options.reading.options.name}/${this.#connections}`;
    const isSlow = strikes(seed, armed.get('slow_line'), about);
    const end = this.#deps.connect(isSlow ? this.#chance.between(300, 1_500) : this.#options.latencyMs);
    if (end === null) return this.#comeBack();
    const line = new HttpLine(end);
    this.#line = line;
    this.#heardAtMs = time.nowMs;
    this.#isAnswered = false;
    void this.#read(line);
    this.#watchSilence(line);
    const breaksMs = this.#chance.between(500, 60_000);
    if (strikes(seed, armed.get('line_cut'), about, 2)) time.after(breaksMs, () => line.cut());
    else if (strikes(seed, armed.get('half_open'), about, 2)) time.after(breaksMs, () => line.fallSilent());
  }

  async #read(line: HttpLine): Promise<void> {
    const { reading } = this.#options;
    const { report } = this.#deps.context;
    const start = reading.begin('stream');
    const query = new URLSearchParams({ ...reading.scope, ...(start.kind === 'ack' ? { from: 'ack' } : {}) });
    const { types } = reading.options.filter ?? {};
    if (types !== undefined) query.set('types', types.join(','));
    const blocks = new StreamText((block) => this.#take(block));
    const headers = {
      authorization: `Bearer ${apiKey}`,
      ...(start.kind === 'cursor' ? { 'last-event-id': start.cursor } : {}),
    };
    const ask = { method: 'GET', path: `/v1/events/stream?${query.toString()}`, headers };
    const answer = await line.ask(ask, (text) => {
      this.#heardAtMs = this.#deps.context.time.nowMs;
      this.#isAnswered = true;
      blocks.take(text);
    });
    if (answer !== null && answer.status !== 200 && answer.status !== 503) {
      report(`${reading.options.name} cannot stream: ${answer.status}`);
    }
    line.cut();
    if (this.#line === line) this.#comeBack();
  }

  #comeBack(): void {
    this.#line = null;
    this.#deps.context.time.after(this.#chance.between(comeBackMs.least, comeBackMs.most), () => {
      if (this.#line === null) this.#connect();
    });
  }

  #watchSilence(line: HttpLine): void {
    const { time } = this.#deps.context;
    time.after(silenceMs / 3, () => {
      if (line.isOver) return;
      if (time.nowMs - this.#heardAtMs > silenceMs) line.cut();
      else this.#watchSilence(line);
    });
  }

  #take({ id, event: type, data }: StreamBlock): void {
    const { reading } = this.#options;
    const { report } = this.#deps.context;
    if (data === null) {
      if (id !== null) reading.moveTo(id);
      return;
    }
    const event = JSON.parse(data) as TxTrailEvent;
    if (id === null || type !== event.type) return report(`${reading.options.name} got ${type} with ${id}: ${data}`);
    reading.take(event, data, id);
  }

  #acknowledgeLater(): void {
    const { acknowledgesEveryMs } = this.#options;
    this.#deps.context.time.after(acknowledgesEveryMs * this.#chance.between(0.5, 1.5), () => {
      void this.#acknowledge().then(() => this.#acknowledgeLater());
    });
  }

  async #acknowledge(): Promise<void> {
    const { reading } = this.#options;
    const { last } = reading;
    if (last === null || !reading.owesAcknowledgement || this.#isAcknowledging) return;
    this.#isAcknowledging = true;
    await acknowledgeByCall(reading, last, this.#deps.api, this.#deps);
    this.#isAcknowledging = false;
  }
}
