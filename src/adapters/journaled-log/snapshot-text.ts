import type { SnapshotSection } from '../../ports/snapshot-store.ts';

/**
 * A snapshot as text: a line of JSON `[name, text]` for each section. It is cut into chunks of about
 * `length` UTF-16 units; never within a surrogate pair, since a chunk is stored as UTF-8 by itself.
 */
export async function* chunksOf(
  sections: Iterable<SnapshotSection> | AsyncIterable<SnapshotSection>,
  length: number,
): AsyncGenerator<string> {
  let waiting = '';
  for await (const { name, text } of sections) {
    waiting += `${JSON.stringify([name, text])}\n`;
    let cut = 0;
    while (waiting.length - cut >= length) {
      const end = wholeEnd(waiting, cut + length);
      yield waiting.slice(cut, end);
      cut = end;
    }
    waiting = waiting.slice(cut);
  }
  if (waiting.length > 0) yield waiting;
}

/** The sections again. What is cut short at the end is no section. */
export async function* sectionsOf(chunks: AsyncIterable<string>): AsyncGenerator<SnapshotSection> {
  let parts: string[] = [];
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end >= 0; end = chunk.indexOf('\n', from)) {
      parts.push(chunk.slice(from, end));
      const [name, text] = JSON.parse(parts.join('')) as [string, string];
      yield { name, text };
      parts = [];
      from = end + 1;
    }
    parts.push(chunk.slice(from));
  }
}

function wholeEnd(text: string, end: number): number {
  const last = text.charCodeAt(end - 1);
  return last >= 0xd800 && last < 0xdc00 ? end + 1 : end;
}
