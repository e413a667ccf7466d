import type { TraceEntry } from '../trace.ts';
import { short, type StoryLine } from './story-line.ts';
import type { Subject } from './subject.ts';

/** What the machine and the process went through meanwhile, whoever it was about. */
export function processLines(entry: TraceEntry, subject: Subject): readonly StoryLine[] {
  const { atMs, kind, who, text } = entry;
  const line = (told: string, about: string | null): readonly StoryLine[] => [
    { atMs, side: { kind: 'process' }, text: told, about },
  ];
  switch (kind) {
    case 'process':
      return line(who === 'serves' ? `serves, start ${text}` : `${who} ${text}`.trim(), null);
    case 'clock':
      return line(`its clock ${who} ${Number(text) / 1_000} s`, null);
    case 'disk fault':
      // A crash is told as the end of the process.
      if (who === 'crash') return [];
      return line(`disk fault ${who}: ${text.split(' ')[0]}`, `disk ${who} ${text.split(' ')[0]}`);
    case 'log info':
    case 'log warn':
    case 'log error':
      return isOnly(text, subject) ? line(`says: ${who} ${readable(text)}`, `says ${who}`) : [];
    default:
      return [];
  }
}

/** Warnings of the machine, and whatever names the transaction or a block that held it. */
function isOnly(facts: string, { hash, ids, blocks }: Subject): boolean {
  return [hash, ...ids, ...blocks.keys()].some((name) => facts.includes(name));
}

function readable(facts: string): string {
  return facts.replaceAll(/0x[0-9a-f]{64}|tx_[0-9a-f]{32}/g, short).slice(0, 300);
}
