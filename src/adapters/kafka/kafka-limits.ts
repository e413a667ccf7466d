export const defaultBrokerTimeoutMs = 30_000;

const kibi = 1024;

export const connectionLimits = {
  connectTimeoutMs: 3_000,
  requestTimeoutMs: 10_000,
  groupTimeoutMs: 25_000,
};

export const groupLimits = {
  /** A member that is silent for so long is taken for dead. Brokers allow no less unless they are told to. */
  sessionTimeoutMs: 6_000,
  /** How long the others wait for one that has to join again. */
  rebalanceTimeoutMs: 20_000,
  heartbeatMs: 1_000,
  /** How long the others wait for one that gives up shards. */
  releaseMs: 10_000,
  /** One that hears nothing of the group for so long gives up its shards: others have them by then. */
  deafMs: 30_000,
  commitMs: 5_000,
};

export const producerLimits = {
  /** Well below what topics take as one message. */
  batchBytes: 512 * kibi,
  requestBytes: 8 * kibi * kibi,
};

export const readerLimits = {
  readBytes: 2 * kibi * kibi,
};

/** One answer of each partition may wait at its follower, so hundreds of them hold some dozen MiB. */
export const followerLimits = {
  maxWaitMs: 100,
  partitionBytes: 256 * kibi,
  answerBytes: 8 * kibi * kibi,
};
