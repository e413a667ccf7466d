import { rounded } from './figures.ts';

/** What the inspector's profiler gives: a tree of calls, and which of its nodes each sample hit. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: { readonly functionName: string; readonly url: string };
}

export interface ProfileShare {
  readonly what: string;
  /** Of the time in which the process did something, percent. */
  readonly percent: number;
}

export interface ProfileSummary {
  /** By folder of ours, by package of others, and by what the runtime itself does. */
  readonly groups: readonly ProfileShare[];
  readonly functions: readonly ProfileShare[];
}

const listed = 10;

/** Self time only, so that the shares add up to the whole. */
export function summarizeProfile(profile: CpuProfile): ProfileSummary {
  const nodes = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const groups = new Map<string, number>();
  const functions = new Map<string, number>();
  let busy = 0;
  for (const sample of profile.samples) {
    const frame = nodes.get(sample);
    if (frame === undefined || frame.functionName === '(idle)') continue;
    busy += 1;
    const group = groupOf(frame);
    groups.set(group, (groups.get(group) ?? 0) + 1);
    const name = `${frame.functionName || '(anonymous)'} (${group})`;
    functions.set(name, (functions.get(name) ?? 0) + 1);
  }
  return { groups: sharesOf(groups, busy), functions: sharesOf(functions, busy) };
}

function sharesOf(counts: ReadonlyMap<string, number>, whole: number): readonly ProfileShare[] {
  return [...counts]
    .map(([what, count]) => ({ what, percent: rounded((count * 100) / Math.max(1, whole), 1) }))
    .sort((left, right) => right.percent - left.percent)
    .slice(0, listed);
}

function groupOf({ functionName, url }: ProfileNode['callFrame']): string {
  const packaged = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  if (packaged !== undefined && !packaged.startsWith('@txtrail')) return packaged;
  const own = /\/((?:src|protocol)\/[^/]+(?:\/[^/]+(?=\/))?)/.exec(url)?.[1];
  if (own !== undefined) return own;
  if (url.startsWith('node:')) return url.split('/')[0] ?? url;
  if (functionName === '(garbage collector)') return 'garbage collection';
  // Native code that no function of JavaScript stands for: mostly the loop's own calls of the kernel.
  if (functionName === '(program)') return 'native code of the loop';
  return 'native functions';
}
