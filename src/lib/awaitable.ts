/** What a port answers at once where it can, and otherwise when it has asked elsewhere: its callers wait either way. */
export type Awaitable<Value> = Value | Promise<Value>;
