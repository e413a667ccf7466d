/** `GET /sandbox`, and the answer of each `POST` below: what a page needs to show the built-in chain and its buttons. Served by `txtrail sandbox` alone. */
export interface SandboxState {
  /** CAIP-2. */
  readonly chain: string;
  readonly chainId: number;
  /** JSON-RPC over HTTP and WebSocket, for viem, cast and every other wallet. */
  readonly rpcUrl: string;
  readonly blockTimeMs: number;
  /** Wei. */
  readonly baseFeePerGas: string;
  readonly providers: readonly SandboxProvider[];
  /** Until when the base fee is driven up, ISO 8601; null: it is not. */
  readonly gasSpikeUntil: string | null;
  /** Funded accounts whose keys are public knowledge. */
  readonly accounts: readonly SandboxAccount[];
}

export interface SandboxProvider {
  readonly name: string;
  /** Until when it answers nothing, ISO 8601; null: it answers. */
  readonly stalledUntil: string | null;
}

export interface SandboxAccount {
  readonly address: string;
  readonly privateKey: string;
}

/** `POST /sandbox/reorg`. */
export interface SandboxReorgRequest {
  /** Blocks that leave the canonical chain, 1 to as many as are not final; more is 422 with the number in it. */
  readonly depth: number;
}

/** `POST /sandbox/stall`: the provider answers nothing for so long; one more takes the place of the last. */
export interface SandboxStallRequest {
  readonly provider: string;
  /** 1 to 120. */
  readonly seconds: number;
}

/** `POST /sandbox/gas-spike`: the base fee rises by an eighth a block for so long, and then comes back. */
export interface SandboxGasSpikeRequest {
  /** 1 to 120. */
  readonly seconds: number;
}

/** `GET /sandbox/session`: answered to pages of the same origin on this machine alone, so that they need no key typed in. */
export interface SandboxSession {
  readonly key: string;
}
