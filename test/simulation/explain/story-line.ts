/** Who speaks in a line of a story. */
export type Side =
  | { readonly kind: 'chain' | 'client' | 'process' | 'decided' | 'reader' | 'problem' }
  /** By its name. */
  | { readonly kind: 'provider'; readonly name: string };

export interface StoryLine {
  /** Simulated milliseconds since the run began. */
  readonly atMs: number;
  readonly side: Side;
  readonly text: string;
  /**
   * What it is about, where it may come again and again, such as one provider's answer to one
   * question: the same text about the same thing is one line with a count. null: it never is.
   */
  readonly about: string | null;
}

/** A line with how often it came, and when last. */
export interface FoldedLine extends StoryLine {
  readonly times: number;
  readonly lastMs: number;
}

/** Whose lines, where they are no repetition, are turns of the story. */
const turns: ReadonlySet<Side['kind']> = new Set(['chain', 'process', 'client']);

/**
 * Lines in the order of their times, each repetition with the first of them. What is true and what
 * is wanted changes with the chain, the process and the clients' wishes: what comes after such a
 * line begins anew. A process that ends again and again before it serves is one line too.
 */
export function fold(lines: readonly StoryLine[]): readonly FoldedLine[] {
  const folded: (StoryLine & { times: number; lastMs: number })[] = [];
  const open = new Map<string, (typeof folded)[number]>();
  const ordered = lines
    .map((line, index) => ({ line, index }))
    .sort((left, right) => left.line.atMs - right.line.atMs || left.index - right.index);
  for (const { line } of ordered) {
    const last = folded.at(-1);
    const before = line.side.kind === 'process' && last?.side.kind === 'process' ? last : undefined;
    const same = line.about === null ? before : open.get(line.about);
    if (same !== undefined && same.text === line.text) {
      same.times += 1;
      same.lastMs = line.atMs;
      continue;
    }
    if (line.about === null && turns.has(line.side.kind)) open.clear();
    const first = { ...line, times: 1, lastMs: line.atMs };
    folded.push(first);
    if (line.about !== null) open.set(line.about, first);
  }
  return folded;
}

/** As much of a hash, an address or an id as tells it apart from others. */
export function short(name: string): string {
  if (/^0x[0-9a-f]{40}$/.test(name)) return `${name.slice(0, 6)}…${name.slice(-4)}`;
  return name.replace(/^(0x|tx_|evt_)([0-9a-f]{8})[0-9a-f]+$/, '$1$2…');
}

/** As a person says a moment of a run. */
export function seconds(atMs: number): string {
  return (atMs / 1_000).toFixed(3);
}
