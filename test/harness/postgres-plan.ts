import type { Statement } from '../../src/adapters/postgres/statement.ts';
import type { PostgresRig } from './postgres.ts';

/** A node of a plan as `EXPLAIN (ANALYZE, FORMAT JSON)` gives it. */
export interface PlanStep {
  readonly 'Relation Name'?: string;
  /** Of each loop. */
  readonly 'Actual Rows': number;
  readonly 'Actual Loops': number;
  readonly 'Rows Removed by Filter'?: number;
  readonly Plans?: readonly PlanStep[];
}

/** Runs the statement, in the rig's search path, and gives the steps that the server took, the outermost first. */
export async function planOf(rig: PostgresRig, { text, values }: Statement): Promise<readonly PlanStep[]> {
  const rows = await rig.query(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values);
  const [row] = rows as unknown as readonly [{ readonly 'QUERY PLAN': readonly [{ readonly Plan: PlanStep }] }];
  return withInner(row['QUERY PLAN'][0].Plan);
}

/** How many rows of a table were looked at, whether they were taken or not. */
export async function rowsRead(rig: PostgresRig, statement: Statement, table: string): Promise<number> {
  const scans = (await planOf(rig, statement)).filter((step) => step['Relation Name'] === table);
  return scans.reduce(
    (sum, step) => sum + (step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)) * step['Actual Loops'],
    0,
  );
}

function withInner(step: PlanStep): readonly PlanStep[] {
  return [step, ...(step.Plans ?? []).flatMap(withInner)];
}
