export type { Transaction, TxTrailEvent } from '@txtrail/protocol';
