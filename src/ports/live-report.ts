/**
 * What one process tells of itself for others to show, such as how a chain's providers are doing.
 * It is gone when it is not told again within its time. Nothing here fails: a store that is away
 * has nothing.
 */
export interface LiveReport {
  publish(name: string, text: string, ttlMs: number): Promise<void>;
  /** One answer a name, in the order asked; null: nothing was told lately. */
  read(names: readonly string[]): Promise<readonly (string | null)[]>;
}
