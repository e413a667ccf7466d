import { TxTrailError } from '../../lib/error.ts';
import { defaultSchema } from './postgres-options.ts';

/** The names that stand in the texts of migrations, where SQL takes no parameters. */
export interface SchemaNames {
  readonly schema: string;
  /** Acts for one tenant, whose rows it sees and no other's. */
  readonly tenantRole: string;
  /** Owns lanes and partitions, and cleans up: sees every tenant's rows. */
  readonly workerRole: string;
}

/** @throws TxTrailError `store_misconfigured`: the name cannot stand in SQL as it is */
export function schemaNames(given: string | undefined): SchemaNames {
  const schema = given ?? defaultSchema;
  if (!/^[a-z_][a-z0-9_]{0,49}$/.test(schema)) {
    const message = `The schema of PostgreSQL cannot be called ${JSON.stringify(schema)}: up to 50 lower case letters, digits and _, not a digit first.`;
    throw new TxTrailError('store_misconfigured', message);
  }
  return { schema, tenantRole: `${schema}_tenant`, workerRole: `${schema}_worker` };
}
