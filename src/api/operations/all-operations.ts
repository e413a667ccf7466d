import { getChain, listChains } from './chain-operations.ts';
import { getAsyncApi, getOpenApi } from './description-operations.ts';
import { acknowledgeEvents, openSocket, readEvents, streamEvents } from './event-operations.ts';
import type { Operation } from './operation.ts';
import { makeToken } from './token-operations.ts';
import {
  changeTransaction,
  getTransaction,
  getTransactionHistory,
  listTransactions,
  refreshTransaction,
  trackBatch,
  trackTransaction,
  untrackTransaction,
} from './transaction-operations.ts';

/** Every call that the gateway answers, in the order in which the descriptions show them. */
export const allOperations: readonly Operation[] = [
  trackTransaction,
  trackBatch,
  listTransactions,
  getTransaction,
  changeTransaction,
  untrackTransaction,
  refreshTransaction,
  getTransactionHistory,
  readEvents,
  streamEvents,
  acknowledgeEvents,
  openSocket,
  listChains,
  getChain,
  makeToken,
  getOpenApi,
  getAsyncApi,
];
