import type { ChainId } from '../core/chain/block.ts';

/** The effective configuration: checked, defaults and presets filled in, environment read. */
export interface Config {
  readonly mode: 'embedded' | 'distributed';
  /** What this process does of it; of an embedded one everything. */
  readonly roles: readonly Role[];
  readonly dataDir: string;
  /** How long an event stays in the history of its transaction; 0: as long as it waits for readers. */
  readonly historyDays: number;
  readonly server: ServerConfig;
  readonly admin: ListenAddress;
  readonly chains: readonly ChainConfig[];
  /** Given keys, at least 32 characters; null: one is made at the first start and printed once. */
  readonly apiKey: string | null;
  readonly adminKey: string | null;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** The services of the distributed mode; null: embedded. */
  readonly distributed: DistributedConfig | null;
}

export const roles = ['api', 'watch', 'status', 'notify', 'recover'] as const;

/** One of the five stages, as a process of the distributed mode. */
export type Role = (typeof roles)[number];

export interface DistributedConfig {
  readonly kafka: {
    /** `HOST:PORT`; some of them, the others are learnt from these. */
    readonly brokers: readonly string[];
    /** How many status partitions, sender lanes and event lanes there are. */
    readonly partitions: number;
    readonly topicPrefix: string;
  };
  readonly redis: { readonly nodes: readonly string[] };
  readonly postgres: { readonly url: string; readonly schema: string };
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Origins whose pages may call the API, or `*`; empty: none but the page that the process serves. */
  readonly allowedOrigins: readonly string[];
}

export interface ListenAddress {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

export interface ChainConfig {
  readonly chain: ChainId;
  /** The preset's name, where there is one. */
  readonly name: string | null;
  readonly chainId: number | null;
  readonly confirmations: number | 'safe' | 'finalized';
  readonly thresholds: readonly number[];
  /** Expected time between blocks, milliseconds. */
  readonly blockTimeMs: number;
  readonly pollIntervalMs: number;
  /** The chain's own tag, or a depth in blocks below the head. */
  readonly finality: 'tag' | number;
  readonly dropAfter: { readonly blocks: number; readonly seconds: number };
  readonly verifyBlocks: boolean;
  readonly providers: readonly ProviderConfig[];
}

export interface ProviderConfig {
  readonly name: string;
  readonly http: string | null;
  readonly ws: string | null;
  readonly role: 'primary' | 'secondary';
  readonly weight: number;
  readonly requestsPerSecond: number | null;
}
