import type { TraceEntry } from '../trace.ts';
import type { Happening } from './recording.ts';
import { short, type StoryLine } from './story-line.ts';
import type { Subject } from './subject.ts';

type Shown = {
  readonly id?: unknown;
  readonly status?: unknown;
  readonly confirmations?: unknown;
  readonly blockNumber?: unknown;
};

/** What clients asked about one transaction, and were answered. */
export class ClientLines {
  readonly #subject: Subject;

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  asked({ atMs, request, hash }: Extract<Happening, { kind: 'asked' }>): readonly StoryLine[] {
    const { subscriber } = this.#subject;
    const isOther = subscriber !== null && subscriber !== (request.subscriber ?? 'default');
    if (hash !== this.#subject.hash || isOther) return [];
    const { hash: _hash, raw, chain: _chain, ...options } = request;
    const how = raw === undefined ? '' : ' by its raw transaction';
    const wishes = Object.entries(options).map(([name, value]) => `, ${name} ${shortValue(value)}`);
    return [this.#line(atMs, `asks to track it${how}${wishes.join('')}`, null)];
  }

  take(entry: TraceEntry): readonly StoryLine[] {
    if (entry.kind === 'track') return this.#tracked(entry);
    return entry.kind === 'api' && entry.call !== undefined ? this.#called(entry, entry.call) : [];
  }

  #tracked({ atMs, who, text }: TraceEntry): readonly StoryLine[] {
    const frame = JSON.parse(text) as { readonly transaction?: Shown } | null;
    if (frame?.transaction === undefined || !this.#isIt(frame.transaction)) return [];
    return [this.#line(atMs, `${who}: tracked → ${standing(frame.transaction)}`, null)];
  }

  #called({ atMs, who }: TraceEntry, { ask, answer }: NonNullable<TraceEntry['call']>): readonly StoryLine[] {
    const { method, path, body = '' } = ask;
    // What readers got is told delivery by delivery.
    if (path.startsWith('/v1/events')) return [];
    const { hash, raws, ids } = this.#subject;
    const isOfBody = [hash, ...raws].some((name) => body.includes(name)) && this.#isOwn(body);
    const isAsked = isOfBody || [hash, ...ids].some((name) => path.includes(name));
    const shown = answer === null ? null : this.#shownIn(answer.text);
    if (!isAsked && shown === null) return [];
    const question = `${who}: ${method} ${this.#readable(path)}${method === 'PATCH' ? ` ${body}` : ''}`;
    const outcome = shown === null ? problemIn(answer?.text ?? '') : standing(shown);
    const told = answer === null ? 'no answer' : `${answer.status} ${outcome}`;
    return [this.#line(atMs, `${question} → ${told.trim()}`, method === 'GET' ? question : null)];
  }

  /** Whether it asks for whom the story is about. */
  #isOwn(body: string): boolean {
    const { subscriber } = this.#subject;
    if (subscriber === null || body.includes(`"subscriber":${JSON.stringify(subscriber)}`)) return true;
    return subscriber === 'default' && !body.includes('"subscriber"');
  }

  /** The transaction where the answer has it, alone or among others. */
  #shownIn(text: string): Shown | null {
    if (!this.#subject.ids.some((id) => text.includes(id))) return null;
    const body = JSON.parse(text) as Shown & {
      readonly data?: readonly Shown[];
      readonly results?: readonly (Shown & { readonly transaction?: Shown })[];
    };
    const all = [body, ...(body.data ?? []), ...(body.results ?? []).map((result) => result.transaction ?? result)];
    return all.find((one) => this.#isIt(one)) ?? null;
  }

  #isIt({ id }: Shown): boolean {
    return this.#subject.ids.includes(String(id));
  }

  #readable(path: string): string {
    const { hash, ids } = this.#subject;
    const readable = ids.reduce((text, id) => text.replaceAll(id, short(id)), path.replaceAll(hash, short(hash)));
    return readable.length > 60 ? `${readable.slice(0, 60)}…` : readable;
  }

  #line(atMs: number, text: string, about: string | null): StoryLine {
    return { atMs, side: { kind: 'client' }, text, about };
  }
}

function shortValue(value: unknown): string {
  const text = JSON.stringify(value).replaceAll('"transaction.', '"');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function standing({ id, status, confirmations, blockNumber }: Shown): string {
  if (status === undefined) return short(String(id));
  const where = blockNumber === null ? '' : ` in block ${blockNumber}, ${confirmations} confirmed`;
  return `${short(String(id))} ${status}${where}`;
}

function problemIn(text: string): string {
  const code = /"code":"([a-z_]+)"/.exec(text)?.[1];
  return code ?? '';
}
