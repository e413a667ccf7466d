import type { Spread } from '../rig/figures.ts';
import type { ProfileSummary } from '../rig/profile.ts';
import type { Usage } from '../rig/usage.ts';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** 12,345 */
export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** With as many digits as say something: 1,234 · 12.3 · 0.12 */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return 'none';
  if (Math.abs(value) >= 100) return count(value);
  return String(Number(value.toFixed(Math.abs(value) >= 10 ? 1 : 2)));
}

/** The median, and from least to most. */
export function spreadWords({ median, min, max }: Spread): string {
  return min === max ? amount(median) : `${amount(median)} (${amount(min)}–${amount(max)})`;
}

/** What we reach as a share of what the limit or the peer does. */
export function ratio(ours: number, theirs: number): string {
  return theirs === 0 || !Number.isFinite(theirs) ? 'none' : amount(ours / theirs);
}

/** From these on a core or an event loop counts as full. */
const fullCore = 0.9;

/** What the run's own figures say of what limits. */
export function limitWords(server: Usage, aroundIt: { readonly name: string; readonly cpuShare: number }): string {
  const busy = `its process took ${percent(server.cpuShare)} of a core and its event loop was busy ${percent(server.loopShare)} of the time, while ${aroundIt.name} took ${percent(aroundIt.cpuShare)}`;
  if (server.loopShare >= fullCore && aroundIt.cpuShare < fullCore) return `The tracker's event loop limits: ${busy}.`;
  if (aroundIt.cpuShare >= fullCore && server.loopShare < fullCore)
    return `${capital(aroundIt.name)} limits, not the tracker: ${busy}.`;
  if (aroundIt.cpuShare >= fullCore)
    return `Both sides are full, so this is a lower bound of what the tracker can do: ${busy}.`;
  if (server.cpuShare >= fullCore)
    return `The tracker's core limits, its threads (disk) beside the event loop: ${busy}.`;
  return `No core is full, so waiting limits: for the disk's sync, and for each other in turn. For the tracker: ${busy}.`;
}

/** Where its busy time goes, the largest shares first. */
export function profileWords({ groups }: ProfileSummary, most = 7): string {
  const shares = groups.slice(0, most).map(({ what, percent: share }) => `${what} ${share} %`);
  return `Where its busy time goes: ${shares.join(', ')}.`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
