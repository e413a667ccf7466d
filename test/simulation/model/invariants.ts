import type { State } from './state.ts';
import { sameBytes } from './state.ts';
import { factText, inputText } from './words.ts';

/** What holds in every state, by its number in the list of invariants; null: all of it. */
export function brokenPromise(state: State): string | null {
  return (
    state.wrong ?? numberedTwice(state) ?? toldOtherwise(state) ?? replayedOtherwise(state) ?? answeredAndLost(state)
  );
}

/** I04, I05: each fact has one number, and the numbers follow the facts. */
function numberedTwice({ store: { mailbox } }: State): string | null {
  for (const [index, fact] of mailbox.entries()) {
    const before = mailbox.slice(0, index);
    const twin = before.findIndex((one) => one.input === fact.input);
    if (twin >= 0) return `I04: ${inputText(fact.input)} has two numbers, ${twin + 1} and ${index + 1}.`;
    const namesake = before.findIndex((one) => one.revision === fact.revision);
    if (namesake >= 0) return `I04: event ${fact.revision} has two contents, as ${namesake + 1} and as ${index + 1}.`;
    if (fact.revision !== index + 1) return `I05: event ${index + 1} is missing before ${factText(fact)}.`;
  }
  return null;
}

/** I04, I24: what the client was told stands in the mailbox; what it acknowledged, it was told. */
function toldOtherwise({ store, client }: State): string | null {
  for (const [index, told] of client.told.entries()) {
    const stored = store.mailbox[index];
    if (stored !== undefined && !sameBytes(told, stored))
      return `I04: ${index + 1} was told as ${factText(told)} and is stored as ${factText(stored)}.`;
  }
  const { acknowledged } = store.lane;
  if (acknowledged > client.told.length)
    return `I24: ${acknowledged} is acknowledged and ${client.told.length} were sent.`;
  return null;
}

/** I14: what the partition's owner knows as said is what was said, byte for byte. */
function replayedOtherwise(state: State): string | null {
  const role = state.processes[state.partitionAt]?.partition ?? null;
  if (role === null || !role.running || role.memory === null) return null;
  for (const [index, said] of state.store.mailbox.entries()) {
    const known = role.memory.facts[index];
    if (known !== undefined && !sameBytes(known, said))
      return `I14: ${factText(said)} was said, and its owner knows it as ${factText(known)}.`;
  }
  return null;
}

/** I01, I15: what was answered as done is stored. */
function answeredAndLost({ gateway, registrations, client, store, acks, processes }: State): string | null {
  if (gateway.registrationAnswered && !gateway.heldRegistration && registrations === 0)
    return 'I01, I15: the registration was answered and is lost.';
  const held = processes.map((one) => one.lane?.heldAck ?? 0);
  const kept = Math.max(store.lane.acknowledged, gateway.heldAck, ...acks, ...held);
  if (client.answered > kept) return `I15: the acknowledgement of ${client.answered} was answered and is lost.`;
  return null;
}

/** What the end of a run owes: everything said, sent and acknowledged. */
export function owedAtTheEnd(state: State): string | null {
  const { store, client, blocks } = state;
  const due = blocks + 1;
  if (store.mailbox.length < due)
    return `I01, I03: the run ends with ${store.mailbox.length} of ${due} events numbered.`;
  if (client.received < due) return `I03: the run ends with ${client.received} of ${due} events sent.`;
  if (store.lane.acknowledged < client.answered)
    return `I15: the acknowledgement of ${client.answered} was answered, and the run ends with ${store.lane.acknowledged}.`;
  if (client.answered < due) return `I24: the run ends with ${client.answered} of ${due} events acknowledged.`;
  return null;
}
