/** The error codes of Kafka's protocol that are told apart here. */
export const faultCodes = {
  unknownServerError: -1,
  offsetOutOfRange: 1,
  unknownTopic: 3,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  recordListTooLarge: 18,
  illegalGeneration: 22,
  unknownMember: 25,
  rebalanceInProgress: 27,
  topicExists: 36,
  outOfOrderSequence: 45,
  duplicateSequence: 46,
  invalidProducerEpoch: 47,
  unknownProducer: 59,
  fetchSessionNotFound: 70,
  invalidFetchSessionEpoch: 71,
  memberIdRequired: 79,
} as const;

/**
 * Those that pass by themselves or with another leader: corrupt on the way, unknown topic (just made),
 * leader not available, not the leader, timed out, broker or replica not available, network, the
 * coordinator loads or moved, not enough replicas (also after the append), not the controller, storage
 * error, fenced or unknown leader epoch, offset not available yet, reassignment, listener not found.
 */
const passing: ReadonlySet<number> = new Set([2, 3, 5, 6, 7, 8, 9, 13, 14, 15, 16, 19, 20, 41, 56, 60, 72, 74, 75, 78]);

export function isPassing(code: number): boolean {
  return passing.has(code);
}

/** Something that is tried again: another attempt may go well. */
export class PassingFault extends Error {}

/** What a code of the protocol means for who asked. */
export function faultOf(what: string, code: number): Error {
  const message = `${what}: Kafka answers with error ${code}${names.has(code) ? ` (${names.get(code)})` : ''}`;
  return isPassing(code) ? new PassingFault(message) : new Error(message);
}

/** Names for those that operators meet. */
const names: ReadonlyMap<number, string> = new Map([
  [3, 'no such topic or partition'],
  [5, 'no leader'],
  [6, 'not the leader'],
  [7, 'timed out'],
  [10, 'message too large'],
  [19, 'not enough replicas in sync'],
  [20, 'not enough replicas in sync'],
  [29, 'topic not authorized'],
  [30, 'group not authorized'],
  [31, 'cluster not authorized'],
  [38, 'replication factor not possible'],
  [58, 'authentication failed'],
]);
