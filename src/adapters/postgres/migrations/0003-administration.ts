import type { Migration } from './migration.ts';

/** Only the workers' role reads keys, settings and the audit trail: nothing of them is any tenant's. */
export const administrationMigration: Migration = {
  name: '0003-administration',
  sql: `
CREATE TABLE tenants (
  tenant text COLLATE "C" PRIMARY KEY CHECK (tenant <> ''),
  name text COLLATE "C" NOT NULL,
  created_ms bigint NOT NULL,
  configuration text COLLATE "C" NOT NULL
);

CREATE TABLE tenant_keys (
  id text COLLATE "C" PRIMARY KEY,
  tenant text COLLATE "C",
  digest text COLLATE "C" NOT NULL,
  created_ms bigint NOT NULL
);

CREATE TABLE settings (
  name text COLLATE "C" PRIMARY KEY,
  value text COLLATE "C" NOT NULL
);

CREATE TABLE audit (
  number bigint PRIMARY KEY,
  time_ms bigint NOT NULL,
  actor text COLLATE "C" NOT NULL,
  address text COLLATE "C",
  action text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  tenant text COLLATE "C",
  facts text COLLATE "C" NOT NULL,
  previous text COLLATE "C" NOT NULL,
  hash text COLLATE "C" NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit trail is only appended to' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT, UPDATE ON tenants TO {worker};
GRANT SELECT, INSERT, DELETE ON tenant_keys TO {worker};
GRANT SELECT, INSERT ON settings, audit TO {worker};
GRANT SELECT ON tenants TO {tenant};

ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenant_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit ENABLE ROW LEVEL SECURITY;
CREATE POLICY all_rows ON tenants TO {worker} USING (true);
CREATE POLICY all_rows ON tenant_keys TO {worker} USING (true);
CREATE POLICY all_rows ON audit TO {worker} USING (true);
CREATE POLICY own_rows ON tenants TO {tenant} USING (tenant = current_setting('txtrail.tenant', true));
`,
  makes: [
    'table tenants',
    'table tenant_keys',
    'table settings',
    'table audit',
    'function refuse_change',
    'trigger append_only on audit',
    'trigger never_emptied on audit',
    'policy all_rows on tenants',
    'policy all_rows on tenant_keys',
    'policy all_rows on audit',
    'policy own_rows on tenants',
  ],
};
