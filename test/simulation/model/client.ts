import type { Rules } from './rules.ts';
import type { Add } from './steps.ts';
import type { Fact, State } from './state.ts';
import { sameBytes, withLane } from './state.ts';
import { factText, owner } from './words.ts';

/** The client gets an event under its seq; what it was told before may not change. */
export function tell(state: State, seq: number, fact: Fact): State {
  const { client } = state;
  const before = client.told[seq - 1];
  const wrong =
    before === undefined || sameBytes(before, fact)
      ? state.wrong
      : `I04: the client was told ${factText(before)} as ${seq}, and now ${factText(fact)}.`;
  const told = before === undefined ? [...client.told, fact] : client.told;
  return { ...state, wrong, client: { ...client, received: seq, told } };
}

export function clientSteps(state: State, rules: Rules, add: Add): void {
  register(state, rules, add);
  receive(state, rules, add);
  acknowledge(state, rules, add);
}

function register(state: State, rules: Rules, add: Add): void {
  const { gateway } = state;
  const store = { ...state, registrations: state.registrations + 1 };
  if (rules.registrationsStoredFirst) {
    if (gateway.registrationAnswered) return;
    const answered = { ...gateway, registrationAnswered: true };
    add('step', () => 'the gateway stores the registration and answers it', { ...store, gateway: answered });
    if (state.registrations > 0 || state.faultsLeft === 0) return;
    add('fault', () => 'the gateway stores the registration and hears nothing of it', store);
    return;
  }
  if (!gateway.registrationAnswered) {
    const answered = { ...gateway, registrationAnswered: true, heldRegistration: true };
    add('step', () => 'the gateway takes the registration and answers it', { ...state, gateway: answered });
  }
  if (!gateway.heldRegistration) return;
  add('step', () => 'the gateway stores the registration', {
    ...store,
    gateway: { ...gateway, heldRegistration: false },
  });
  if (state.faultsLeft === 0) return;
  add('fault', () => 'the gateway crashes', { ...state, gateway: { ...gateway, heldRegistration: false, heldAck: 0 } });
}

function receive(state: State, rules: Rules, add: Add): void {
  const seq = state.client.received + 1;
  const fact = state.store.mailbox[seq - 1];
  if (fact === undefined || !(rules.readersLookAgain || state.awake)) return;
  const awake = seq < state.store.mailbox.length;
  add('step', () => `the client gets ${factText(fact)} as ${seq}`, { ...tell(state, seq, fact), awake });
}

function acknowledge(state: State, rules: Rules, add: Add): void {
  const { client, gateway } = state;
  if (gateway.heldAck > 0) {
    const stored = { ...state, acks: [...state.acks, gateway.heldAck], gateway: { ...gateway, heldAck: 0 } };
    add('step', () => `the gateway stores the acknowledgement of ${gateway.heldAck}`, stored);
    if (state.faultsLeft > 0)
      add('fault', () => 'the gateway crashes', {
        ...state,
        gateway: { ...gateway, heldRegistration: false, heldAck: 0 },
      });
  }
  const cursor = client.received;
  if (cursor <= client.answered) return;
  if (rules.acksAreChecked && cursor > state.store.mailbox.length) {
    const wrong = `I24: the client acknowledges ${cursor}, which it was sent, and is refused.`;
    add('step', () => `the client acknowledges ${cursor} and is refused`, { ...state, wrong });
    return;
  }
  const answered = { ...state, client: { ...client, answered: cursor } };
  if (rules.acknowledgements === 'stored first') {
    const text = () => `the client acknowledges ${cursor}; it is stored in acks and answered`;
    add('step', text, { ...answered, acks: [...state.acks, cursor] });
  } else if (rules.acknowledgements === 'answered first') {
    const text = () => `the client acknowledges ${cursor}; it is answered`;
    add('step', text, { ...answered, gateway: { ...gateway, heldAck: cursor } });
  } else acknowledgeToOwner(answered, cursor, add);
}

/** Any process that takes itself for the owner takes the acknowledgement. */
function acknowledgeToOwner(state: State, cursor: number, add: Add): void {
  for (const [at, { lane }] of state.processes.entries()) {
    if (lane === null || lane.row === null) continue;
    const heldAck = Math.max(lane.heldAck, cursor);
    add(
      'step',
      () => `the client acknowledges ${cursor} to ${owner(at)}, which answers`,
      withLane(state, at, { ...lane, heldAck }),
    );
  }
}
