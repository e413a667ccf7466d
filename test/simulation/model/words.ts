import type { Fact } from './state.ts';

export function owner(at: number): string {
  return `O${at + 1}`;
}

export function inputText(input: number): string {
  return input === 0 ? 'the registration' : `block ${input}`;
}

/** The bytes of an event, and its origin. */
export function factText(fact: Fact): string {
  return `event ${fact.revision} (${inputText(fact.input)}, time ${fact.time}; origin ${fact.entry}.${fact.ordinal})`;
}
