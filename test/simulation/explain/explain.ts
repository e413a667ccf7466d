import type { Remains, SeedResult } from '../run-seed.ts';
import type { ToldEvent } from './decided-lines.ts';
import type { Happening } from './recording.ts';
import { type RemainsServer, serveRemains } from './remains-server.ts';
import { isAbout, tellStory } from './story.ts';
import { storyText } from './story-text.ts';
import { seconds, short } from './story-line.ts';
import { chooseSubject, type Subject } from './subject.ts';

export interface ExplainOptions {
  /** The transaction by its hash, an id of its registration, or the beginning of either; null: the run chooses. */
  readonly wish: string | null;
  readonly isColoured: boolean;
}

export interface SeenRun {
  readonly result: SeedResult;
  readonly remains: Remains;
  readonly happenings: readonly Happening[];
}

export interface Explanation {
  readonly lines: readonly string[];
  readonly subject: Subject | null;
  /** What the run left behind, served; null: it cannot be opened. */
  readonly server: RemainsServer | null;
  /** The address of its lifeline in the page; null: no registration of it is kept. */
  readonly pageUrl: string | null;
}

const width = 160;

/** The story of one transaction of a run that is over, and the run's remains, served for the page. Close the server. */
export async function explain(run: SeenRun, options: ExplainOptions): Promise<Explanation> {
  const { remains, happenings, result } = run;
  const subject = chooseSubject(happenings, options.wish);
  if (subject === null) {
    const why =
      options.wish === null ? 'Nobody registered a transaction.' : `No transaction is called ${options.wish}.`;
    return { lines: [why], subject, server: null, pageUrl: null };
  }
  const config = remains.plan.config.chains.find(({ chain }) => chain === subject.chain);
  const endedMs = happenings.at(-1)?.atMs ?? 0;
  const opened = await serveRemains(remains, { endedMs, chain: subject.chain }).catch((error: Error) => error);
  const server = opened instanceof Error ? null : opened;
  const histories = await historiesOf(server, subject);
  const finalityDepth = typeof config?.finality === 'number' ? config.finality : null;
  const story = tellStory(happenings, { subject, histories, finalityDepth });
  const shown = [...histories.keys()][0];
  return {
    lines: [
      ...heading(subject, run),
      '',
      ...storyText(story, { width, isColoured: options.isColoured }),
      ...ending(result, happenings, subject),
      ...(opened instanceof Error ? [`What the run left behind cannot be opened: ${opened.message}`] : []),
      ...(server !== null && shown === undefined ? ['It is tracked no more, so the page has no lifeline of it.'] : []),
    ],
    subject,
    server,
    pageUrl: server === null || shown === undefined ? null : `${server.url}/#chain=${subject.chain}&tx=${shown}`,
  };
}

async function historiesOf(
  server: RemainsServer | null,
  { ids }: Subject,
): Promise<ReadonlyMap<string, readonly ToldEvent[]>> {
  const histories = new Map<string, readonly ToldEvent[]>();
  for (const id of ids) {
    const history = (await server?.history(id)) ?? null;
    if (history !== null) histories.set(id, history);
  }
  return histories;
}

function heading(subject: Subject, { remains, happenings }: SeenRun): readonly string[] {
  const { chain, hash, made, ids, rivals, others } = subject;
  const plan = remains.plan.chains.find(({ config }) => config.chain === chain);
  const registered = ids.map((id) => `registered as ${id} for ${subscriberOf(happenings, id)}`);
  const { config } = plan ?? {};
  const finality = config?.finality === 'tag' ? 'its tags' : `a depth of ${config?.finality}`;
  const providers = config?.providers.map(({ name }) => name).join(', ');
  return [
    '',
    `${hash} on ${chain}`,
    ...(registered.length === 0 ? ['registered by nobody'] : registered),
    ...(others === 0 ? [] : [`registered for ${others} more: --explain ${short(hash).slice(0, -1)} tells of all`]),
    ...(made === null ? ['made by nobody: the chain never had it'] : [`from ${made.from}, nonce ${made.nonce}`]),
    ...[...rivals.keys()].map((rival) => `its rival: ${rival}`),
    `the chain: a block every ${(plan?.blockTimeMs ?? 0) / 1_000} s, final by ${finality}, shown by ${providers}`,
  ];
}

function subscriberOf(happenings: readonly Happening[], id: string): string {
  for (const happening of happenings) {
    if (happening.kind === 'registered' && happening.transaction.id === id) return happening.transaction.subscriber;
    if (happening.kind === 'received' && happening.event.data.transaction.id === id) return happening.event.subscriber;
  }
  return 'nobody';
}

function ending({ problems }: SeedResult, happenings: readonly Happening[], subject: Subject): readonly string[] {
  const own = problems.filter((problem) => isAbout(problem, subject)).length;
  const endedMs = happenings.at(-1)?.atMs ?? 0;
  const others = problems.length - own;
  const last = `${own === 0 ? 'no' : own} broken promise${own === 1 ? '' : 's'} about it, ${others} about others`;
  return ['', `the run ended at ${seconds(endedMs)}: ${last}`];
}
