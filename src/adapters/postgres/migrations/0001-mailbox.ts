import type { Migration } from './migration.ts';

/**
 * Names and JSON are compared byte by byte (`COLLATE "C"`): quicker, and the same on every machine.
 * What changes with every commit is apart from what does not, and has room on its page to change in
 * place. JSON is text and not `jsonb`: it has to come back as it was.
 */
export const mailboxMigration: Migration = {
  name: '0001-mailbox',
  sql: `
CREATE TABLE lanes (
  lane integer PRIMARY KEY,
  epoch bigint NOT NULL,
  through bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE lane_origins (
  lane integer NOT NULL,
  source text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  ordinal bigint NOT NULL,
  PRIMARY KEY (lane, source)
) WITH (fillfactor = 50);

CREATE TABLE streams (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  subscriber text COLLATE "C" NOT NULL CHECK (subscriber <> ''),
  last_seq bigint NOT NULL,
  PRIMARY KEY (tenant, subscriber)
) WITH (fillfactor = 70);

CREATE TABLE feeds (
  tenant text COLLATE "C" PRIMARY KEY,
  last_place bigint NOT NULL
) WITH (fillfactor = 50);

-- Apart from the rows that commits lock, so that retention and commits never wait for each other.
CREATE TABLE stream_trims (
  tenant text COLLATE "C" NOT NULL,
  subscriber text COLLATE "C" NOT NULL,
  trimmed bigint NOT NULL,
  PRIMARY KEY (tenant, subscriber)
);

CREATE TABLE feed_trims (
  tenant text COLLATE "C" PRIMARY KEY,
  trimmed bigint NOT NULL
);

CREATE TABLE mailbox (
  tenant text COLLATE "C" NOT NULL,
  subscriber text COLLATE "C" NOT NULL,
  seq bigint NOT NULL,
  place bigint NOT NULL,
  numbered_ms bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  chain text COLLATE "C" NOT NULL,
  record text COLLATE "C" NOT NULL,
  PRIMARY KEY (tenant, subscriber, seq)
);
CREATE UNIQUE INDEX mailbox_feed ON mailbox (tenant, place);
CREATE INDEX mailbox_transaction ON mailbox (tenant, transaction_id, place);

-- The subscriber '' is the whole tenant: no subscriber is called so.
CREATE TABLE acknowledgements (
  tenant text COLLATE "C" NOT NULL CHECK (tenant <> ''),
  subscriber text COLLATE "C" NOT NULL,
  consumer text COLLATE "C" NOT NULL,
  up_to bigint NOT NULL,
  PRIMARY KEY (tenant, subscriber, consumer)
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE ON lanes, lane_origins TO {worker};
GRANT SELECT, INSERT, UPDATE, DELETE ON streams, feeds, stream_trims, feed_trims, mailbox, acknowledgements TO {worker};
GRANT SELECT ON streams, feeds, stream_trims, feed_trims, mailbox TO {tenant};
GRANT SELECT, INSERT, UPDATE ON acknowledgements TO {tenant};

ALTER TABLE streams ENABLE ROW LEVEL SECURITY;
ALTER TABLE feeds ENABLE ROW LEVEL SECURITY;
ALTER TABLE stream_trims ENABLE ROW LEVEL SECURITY;
ALTER TABLE feed_trims ENABLE ROW LEVEL SECURITY;
ALTER TABLE mailbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE acknowledgements ENABLE ROW LEVEL SECURITY;

CREATE POLICY all_rows ON streams TO {worker} USING (true);
CREATE POLICY all_rows ON feeds TO {worker} USING (true);
CREATE POLICY all_rows ON stream_trims TO {worker} USING (true);
CREATE POLICY all_rows ON feed_trims TO {worker} USING (true);
CREATE POLICY all_rows ON mailbox TO {worker} USING (true);
CREATE POLICY all_rows ON acknowledgements TO {worker} USING (true);

CREATE POLICY own_rows ON streams TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
CREATE POLICY own_rows ON feeds TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
CREATE POLICY own_rows ON stream_trims TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
CREATE POLICY own_rows ON feed_trims TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
CREATE POLICY own_rows ON mailbox TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
CREATE POLICY own_rows ON acknowledgements TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
`,
  makes: [
    'table lanes',
    'table lane_origins',
    'table streams',
    'table feeds',
    'table stream_trims',
    'table feed_trims',
    'table mailbox',
    'table acknowledgements',
    'policy all_rows on streams',
    'policy all_rows on feeds',
    'policy all_rows on stream_trims',
    'policy all_rows on feed_trims',
    'policy all_rows on mailbox',
    'policy all_rows on acknowledgements',
    'policy own_rows on streams',
    'policy own_rows on feeds',
    'policy own_rows on stream_trims',
    'policy own_rows on feed_trims',
    'policy own_rows on mailbox',
    'policy own_rows on acknowledgements',
  ],
};
