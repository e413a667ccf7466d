import type { SandboxState } from '@txtrail/protocol';

/** What the gateway asks of a sandbox; a tracker of real chains has none. */
export interface SandboxControl {
  /** The key that pages of the same origin are given. */
  readonly sessionKey: string;
  state(): SandboxState;
  /** Reverts so many blocks in favour of another branch. */
  reorg(depth: number): SandboxOutcome;
  /** Lets a provider answer nothing for so many seconds from now on. */
  stall(provider: string, seconds: number): SandboxOutcome;
  /** Drives the base fee up for so many seconds from now on. */
  spikeGas(seconds: number): SandboxOutcome;
}

export type SandboxOutcome =
  | { readonly outcome: 'done' }
  | {
      readonly outcome: 'refused';
      readonly detail: string;
      /** The field that does not fit, by its RFC 6901 path, and what is expected of it. */
      readonly path: string;
      readonly message: string;
    };
