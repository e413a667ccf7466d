export const defaultBrokerTimeoutMs = 30_000;

const kibi = 1024;

export const connectionLimits = {
  connectTimeoutMs: 3_000,
  requestTimeoutMs: 10_000,
};

export const producerLimits = {
  /** Well below what topics take as one message. */
  batchBytes: 512 * kibi,
  requestBytes: 8 * kibi * kibi,
};

export const readerLimits = {
  readBytes: 2 * kibi * kibi,
};

export const followerLimits = {
  maxWaitMs: 100,
  partitionBytes: kibi * kibi,
  answerBytes: 16 * kibi * kibi,
};
