import type { Transaction } from '@txtrail/protocol';
import type { ConfirmationCount } from '../model/confirmation-count.ts';
import { counted } from '../model/text-forms.ts';
import { durationText } from '../time/format-time.ts';
import { eventWords, kindOf } from './event-words.ts';
import type { HistoryEvent } from './history.ts';

/** A moment of a transaction's life. */
export interface LifelineStep {
  readonly key: string;
  readonly title: string;
  readonly detail: string | null;
  readonly icon: string;
  readonly tone: string;
  readonly timeMs: number;
  /** 0: on the way that led to where it stands now. 1: on a branch that came to nothing. */
  readonly lane: 0 | 1;
  /** A small one: a mark without words. */
  readonly isMinor: boolean;
  /** null: the registration, which is no event. */
  readonly event: HistoryEvent | null;
}

/** Steps that a reorg, of its own block or of its rival's, made void. */
export interface LifelineBranch {
  /** Index of the step that it left the line after. */
  readonly fromStep: number;
  readonly firstStep: number;
  readonly lastStep: number;
  /** Index of the first step on the line after it; null: it went back to waiting and nothing followed yet. */
  readonly backToStep: number | null;
  readonly caption: string;
}

/** A milestone that is still to come; nobody can say when. */
export interface UpcomingStep {
  readonly title: string;
  readonly detail: string | null;
  readonly icon: string;
}

export interface Lifeline {
  readonly steps: readonly LifelineStep[];
  readonly branches: readonly LifelineBranch[];
  readonly upcoming: readonly UpcomingStep[];
  /** Whose hash ends the line; null: nobody's. */
  readonly winner: string | null;
  readonly summary: string;
}

const minorKinds: ReadonlySet<string> = new Set(['confirmation', 'executed', 'safe', 'stuck', 'preconfirmed']);

/** A transaction's life out of its history. Pure: the same history gives the same line. */
export function lifelineOf(
  transaction: Transaction,
  history: readonly HistoryEvent[],
  confirmations: ConfirmationCount,
): Lifeline {
  const registered: LifelineStep = {
    key: 'registered',
    title: 'Registered',
    detail: null,
    icon: 'flag',
    tone: 'quiet',
    timeMs: Date.parse(transaction.createdAt),
    lane: 0,
    isMinor: false,
    event: null,
  };
  const events = history.map(stepOf);
  const { steps, branches } = drawBranches([registered, ...events]);
  const upcoming = upcomingOf(transaction, confirmations);
  return {
    steps,
    branches,
    upcoming,
    winner: transaction.status === 'replaced' ? transaction.replacedBy : null,
    summary: summaryOf(steps, branches, upcoming, transaction),
  };
}

function stepOf(event: HistoryEvent): LifelineStep {
  const said = eventWords(event);
  const isLate = event.data.late;
  return {
    key: event.id,
    ...said,
    detail: kindOf(event) === 'included' && !isLate ? said.detail : isLate ? 'already, when registered' : said.detail,
    timeMs: Date.parse(event.time),
    lane: 0,
    isMinor: minorKinds.has(kindOf(event)),
    event,
  };
}

/** What is undone by which event: an inclusion by `reorged`, a verdict of `replaced` by what comes after it. */
function drawBranches(given: readonly LifelineStep[]): Pick<Lifeline, 'steps' | 'branches'> {
  const steps = [...given];
  const branches: LifelineBranch[] = [];
  let attempt: number | null = null;
  const close = (first: number, last: number): void => {
    for (let index = first; index <= last; index += 1) steps[index] = { ...(steps[index] as LifelineStep), lane: 1 };
    const backToStep = last + 1 < steps.length ? last + 1 : null;
    const fromStep = lastOnLine(steps, first);
    branches.push({ fromStep, firstStep: first, lastStep: last, backToStep, caption: captionOf(steps[last]) });
  };
  for (const [index, { event }] of given.entries()) {
    const kind = event === null ? '' : kindOf(event);
    if (kind === 'included' || kind === 'replaced' || kind === 'dropped') {
      const previous = attempt === null ? null : given[attempt]?.event;
      // `replaced` is said again once it is final: the same verdict, not another.
      const isAgain = previous !== null && previous !== undefined && kindOf(previous) === kind && kind === 'replaced';
      if (attempt !== null && !isAgain) close(attempt, index - 1);
      if (!isAgain) attempt = index;
    } else if (kind === 'reorged') {
      close(attempt ?? index, index);
      attempt = null;
    } else if (kind === 'pending' && attempt !== null) {
      close(attempt, index - 1);
      attempt = null;
    }
  }
  return { steps, branches };
}

function lastOnLine(steps: readonly LifelineStep[], before: number): number {
  let index = before - 1;
  while (index > 0 && steps[index]?.lane === 1) index -= 1;
  return Math.max(0, index);
}

function captionOf(last: LifelineStep | undefined): string {
  const reorg = last?.event?.data.reorg;
  if (reorg !== undefined) return `depth ${reorg.depth}`;
  return 'withdrawn';
}

function upcomingOf(transaction: Transaction, { required, count }: ConfirmationCount): readonly UpcomingStep[] {
  const { status, isTerminal, requiredConfirmations } = transaction;
  if (isTerminal || status === 'replaced' || status === 'failed' || status === 'expired') return [];
  const isPlaced = status === 'included' || status === 'confirmed';
  const included = { title: 'Included', detail: null, icon: 'block' };
  const asked =
    required === null ? `when ${requiredConfirmations}` : isPlaced ? `${count} of ${required}` : `at ${required}`;
  const confirmed = { title: 'Confirmed', detail: asked, icon: 'check' };
  const final = { title: 'Final', detail: null, icon: 'seal' };
  if (status === 'confirmed') return [final];
  return isPlaced ? [confirmed, final] : [included, confirmed, final];
}

function summaryOf(
  steps: readonly LifelineStep[],
  branches: readonly LifelineBranch[],
  upcoming: readonly UpcomingStep[],
  transaction: Transaction,
): string {
  const last = steps.at(-1);
  const first = steps[0];
  const told = steps.filter(({ isMinor, lane }) => !isMinor && lane === 0).map(({ title }) => title.toLowerCase());
  const reorgs = branches.filter(({ lastStep }) => steps[lastStep]?.event?.data.reorg !== undefined).length;
  const span = last === undefined || first === undefined ? 0 : last.timeMs - first.timeMs;
  const parts = [
    told.join(', '),
    reorgs === 0 ? null : counted(reorgs, 'reorg'),
    span === 0 ? null : `${durationText(span)} from registration to the last event`,
    upcoming.length === 0 ? null : `still to come: ${upcoming.map(({ title }) => title.toLowerCase()).join(', ')}`,
  ].filter((part) => part !== null);
  return `Now ${transaction.status}. ${parts.join('; ')}.`;
}
