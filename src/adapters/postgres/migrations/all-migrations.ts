import { mailboxMigration } from './0001-mailbox.ts';
import { readsAndAnswersMigration } from './0002-reads-and-answers.ts';
import { administrationMigration } from './0003-administration.ts';
import { historyMigration } from './0004-history.ts';
import { listsMigration } from './0005-lists.ts';
import type { Migration } from './migration.ts';

/** In their order. A new one is added at the end; none is ever changed or removed. */
export const allMigrations: readonly Migration[] = [
  mailboxMigration,
  readsAndAnswersMigration,
  administrationMigration,
  historyMigration,
  listsMigration,
];
