import type { Migration } from './migration.ts';

/**
 * Lists are read without passing by what is not in them: what is tracked no more, which stays as a
 * row for its version, and what has another chain or status. Whether a row is listed is a column of
 * its own, since one whose indexes speak of `text` could not be changed in place.
 */
export const listsMigration: Migration = {
  name: '0005-lists',
  sql: `
ALTER TABLE tracked ADD COLUMN is_listed boolean NOT NULL GENERATED ALWAYS AS (text IS NOT NULL) STORED;
DROP INDEX tracked_list, tracked_of_subscriber;
CREATE INDEX tracked_list ON tracked (tenant, place) WHERE is_listed;
CREATE INDEX tracked_of_subscriber ON tracked (tenant, subscriber, place) WHERE is_listed;
CREATE INDEX tracked_of_chain ON tracked (tenant, chain, place) WHERE is_listed;
CREATE INDEX tracked_in_status ON tracked (tenant, status, place) WHERE is_listed;
`,
  makes: [],
};
