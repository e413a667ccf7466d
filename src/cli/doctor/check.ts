/** What one look of the doctor found. */
export interface Check {
  /** What it is about: `machine`, `configuration`, `server`, or a chain and its provider. */
  readonly area: string;
  readonly name: string;
  /** `fail`: a start would not work, or lead to nothing. `info`: good to know, nothing to mend. */
  readonly result: 'pass' | 'info' | 'warn' | 'fail';
  readonly finding: string;
  /** How to mend it; null where there is nothing to mend. */
  readonly remedy: string | null;
}

export type Finding = Omit<Check, 'area' | 'name'>;

export function pass(finding: string): Finding {
  return { result: 'pass', finding, remedy: null };
}

export function info(finding: string): Finding {
  return { result: 'info', finding, remedy: null };
}

export function warn(finding: string, remedy: string): Finding {
  return { result: 'warn', finding, remedy };
}

export function fail(finding: string, remedy: string): Finding {
  return { result: 'fail', finding, remedy };
}
