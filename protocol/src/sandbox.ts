/** `GET /sandbox`: what a page needs to show the built-in chain and its buttons. Served by `txtrail sandbox` alone. */
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
  /** Blocks that leave the canonical chain; at most as many as are not final. */
  readonly depth: number;
}

/** `POST /sandbox/stall`. */
export interface SandboxStallRequest {
  readonly provider: string;
  readonly seconds: number;
}

/** `POST /sandbox/gas-spike`. */
export interface SandboxGasSpikeRequest {
  readonly seconds: number;
}

/** `GET /sandbox/session`: answered to pages of the same origin on this machine alone, so that they need no key typed in. */
export interface SandboxSession {
  readonly key: string;
}
