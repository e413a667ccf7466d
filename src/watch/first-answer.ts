import type { Scheduler, Timer } from '../ports/clock.ts';

/** A question that is not answered after this long is put to the next provider as well. */
export const hedgeDelayMs = 700;

/**
 * Puts a question to several in turn and gives the first answer that is not null. The next one is
 * asked when the one before says null, fails, or takes too long. Only for questions whose answer is
 * the same whoever gives it, such as a block by its hash.
 *
 * @throws the first fault when nobody answered at all; null answers are answers.
 */
export function firstAnswer<Answer>(
  questions: readonly (() => Promise<Answer | null>)[],
  scheduler: Scheduler,
): Promise<Answer | null> {
  if (questions.length === 0) return Promise.resolve(null);
  return new Promise((resolve, reject) => {
    const faults: unknown[] = [];
    let next = 0;
    let open = 0;
    let settled = false;
    let timer: Timer | null = null;

    const askNext = (): void => {
      timer?.cancel();
      const question = questions[next];
      if (settled || question === undefined) return;
      next += 1;
      open += 1;
      timer = scheduler.after(hedgeDelayMs, askNext);
      question().then(
        (answer) => finishOne(answer),
        (error: unknown) => {
          faults.push(error);
          finishOne(null);
        },
      );
    };
    const finishOne = (answer: Answer | null): void => {
      open -= 1;
      if (settled) return;
      if (answer === null && next < questions.length) return askNext();
      if (answer === null && open > 0) return;
      settled = true;
      timer?.cancel();
      if (answer === null && faults.length === questions.length) reject(faults[0] as Error);
      else resolve(answer);
    };
    askNext();
  });
}
