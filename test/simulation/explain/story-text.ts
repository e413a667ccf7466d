import { styleText } from 'node:util';
import { type FoldedLine, seconds, type Side } from './story-line.ts';

export interface StoryTextOptions {
  /** Columns. */
  readonly width: number;
  readonly isColoured: boolean;
}

const timeWidth = 9;
const sideWidth = 8;
/** No line says more than this many rows. */
const rowsMax = 6;

const names: Readonly<Record<Exclude<Side['kind'], 'provider'>, string>> = {
  chain: 'chain',
  client: 'client',
  process: 'process',
  decided: 'DECIDED',
  reader: 'reader',
  problem: 'PROBLEM',
};

/** The story as lines of text: the time in seconds, who speaks, and what there is to say. */
export function storyText(lines: readonly FoldedLine[], options: StoryTextOptions): readonly string[] {
  return lines.flatMap((line) => {
    const rows = wrapped(line.text + repeats(line), options.width - timeWidth - sideWidth - 2);
    const head = `${seconds(line.atMs).padStart(timeWidth)} ${nameOf(line.side).padEnd(sideWidth)} `;
    const blank = ' '.repeat(head.length);
    return rows.map((row, index) => painted(`${index === 0 ? head : blank}${row}`, line.side, options));
  });
}

function repeats({ times, lastMs }: FoldedLine): string {
  return times === 1 ? '' : `   ×${times}, until ${seconds(lastMs)}`;
}

function nameOf(side: Side): string {
  return side.kind === 'provider' ? side.name : names[side.kind];
}

function painted(row: string, { kind }: Side, { isColoured }: StoryTextOptions): string {
  if (!isColoured) return row;
  const styles = { problem: 'red', decided: 'bold', chain: 'cyan', provider: 'dim', client: 'green', reader: 'green' };
  const style = (styles as Partial<Record<Side['kind'], 'red' | 'bold' | 'cyan' | 'dim' | 'green'>>)[kind];
  return style === undefined ? row : styleText(style, row, { validateStream: false });
}

/** Rows of at most so many characters, broken between words where that can be. */
function wrapped(text: string, width: number): readonly string[] {
  const rows: string[] = [];
  let rest = text;
  while (rest.length > width && rows.length < rowsMax - 1) {
    const space = rest.lastIndexOf(' ', width);
    const cut = space > width / 2 ? space : width;
    rows.push(rest.slice(0, cut));
    rest = `  ${rest.slice(cut).trimStart()}`;
  }
  rows.push(rest.length > width ? `${rest.slice(0, width - 1)}…` : rest);
  return rows;
}
