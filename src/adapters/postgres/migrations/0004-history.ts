import type { Migration } from './migration.ts';

/**
 * Events come here in the statement that takes them out of the mailbox. Where the extension
 * `timescaledb` is installed in the database the table is a hypertable; elsewhere it is partitioned by
 * time, in the same stretches and with the same queries. Both functions change tables, so they run as
 * the user that migrated. A stretch is a week (`historyStretchMs`).
 */
export const historyMigration: Migration = {
  name: '0004-history',
  sql: `
DO $$
DECLARE
  columns text := '
    tenant text COLLATE "C" NOT NULL,
    transaction_id text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    numbered_at timestamptz NOT NULL,
    subscriber text COLLATE "C" NOT NULL,
    seq bigint NOT NULL,
    type text COLLATE "C" NOT NULL,
    chain text COLLATE "C" NOT NULL,
    record text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant, transaction_id, place, numbered_at)';
BEGIN
  IF EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb') THEN
    EXECUTE format('CREATE TABLE history (%s)', columns);
    EXECUTE format(
      'SELECT %I.create_hypertable(''history'', ''numbered_at'', chunk_time_interval => interval ''7 days'')',
      (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb')
    );
  ELSE
    EXECUTE format('CREATE TABLE history (%s) PARTITION BY RANGE (numbered_at)', columns);
  END IF;
END
$$;

GRANT SELECT, INSERT ON history TO {worker};
GRANT SELECT ON history TO {tenant};
ALTER TABLE history ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON history TO {worker} USING (true);
CREATE POLICY own_rows ON history TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));

CREATE FUNCTION history_is_native() RETURNS boolean LANGUAGE sql STABLE SET search_path = {schema}, pg_temp AS $$
  SELECT relkind = 'p' FROM pg_class WHERE oid = 'history'::regclass
$$;

-- Makes the partitions that hold these times, where they are missing.
CREATE FUNCTION history_prepare(from_ms bigint, through_ms bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  stretch_ms constant bigint := 604800000;
  stretch bigint;
  name text;
BEGIN
  IF from_ms IS NULL OR NOT history_is_native() THEN
    RETURN;
  END IF;
  FOR stretch IN from_ms / stretch_ms .. through_ms / stretch_ms LOOP
    name := 'history_' || stretch;
    IF to_regclass(name) IS NULL THEN
      EXECUTE format('CREATE TABLE %I PARTITION OF history FOR VALUES FROM (%L) TO (%L)', name,
        to_timestamp(stretch * stretch_ms / 1000), to_timestamp((stretch + 1) * stretch_ms / 1000));
      EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
    END IF;
  END LOOP;
END
$$;

-- Drops the stretches that ended before; gives how many.
CREATE FUNCTION history_drop(before_ms bigint) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp AS $$
DECLARE
  stretch_ms constant bigint := 604800000;
  dropped integer := 0;
  name text;
BEGIN
  IF NOT history_is_native() THEN
    EXECUTE format(
      'SELECT count(*)::integer FROM %I.drop_chunks(''history'', older_than => to_timestamp(%s / 1000.0))',
      (SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'),
      before_ms
    ) INTO dropped;
    RETURN dropped;
  END IF;
  FOR name IN
    SELECT c.relname FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'history'::regclass
      AND (substr(c.relname, length('history_') + 1)::bigint + 1) * stretch_ms <= before_ms
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  RETURN dropped;
END
$$;

REVOKE ALL ON FUNCTION history_prepare(bigint, bigint), history_drop(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION history_prepare(bigint, bigint), history_drop(bigint) TO {worker};
`,
  makes: [
    'table history',
    'policy all_rows on history',
    'policy own_rows on history',
    'function history_is_native',
    'function history_prepare',
    'function history_drop',
  ],
};
