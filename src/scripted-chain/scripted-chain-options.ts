import type { Address } from '../core/chain/block.ts';
import type { ScriptedAccount } from './account-state.ts';
import { layerOver } from './account-state.ts';
import { untouched } from './execute-block.ts';
import type { ScriptedBlock } from './scripted-block.ts';
import { nextBaseFee, sealBlock } from './scripted-block.ts';

export interface ScriptedChainOptions {
  /** EIP-155. */
  readonly chainId: number;
  readonly genesisTimeMs: number;
  /** Added to the parent's time where a block is given none. */
  readonly blockTimeMs?: number;
  /** Accounts of the genesis block. */
  readonly accounts?: Readonly<Record<Address, Partial<ScriptedAccount>>>;
  /** What an account holds that nobody mentioned, wei. */
  readonly defaultBalance?: bigint;
  readonly baseFeePerGas?: bigint;
  readonly gasLimit?: bigint;
  /** The base fee of a block whose script names none, wei. Default: EIP-1559's, by how full the parent is. */
  readonly baseFeeRule?: (parent: ScriptedBlock) => bigint;
  /** So many blocks below the head are safe, or final; null: only what the script sets. */
  readonly safeDepth?: number | null;
  readonly finalizedDepth?: number | null;
  readonly poolLimit?: number;
  /** Heights that are kept below the head; older blocks are forgotten. */
  readonly keptBlocks?: number;
}

/** The options with every default filled in; the accounts are in the genesis block. */
export type ChainSettings = Required<Omit<ScriptedChainOptions, 'accounts'>>;

export const chainDefaults = {
  blockTimeMs: 12_000,
  defaultBalance: 10n ** 22n,
  baseFeePerGas: 1_000_000_000n,
  gasLimit: 30_000_000n,
  baseFeeRule: nextBaseFee,
  safeDepth: null,
  finalizedDepth: null,
  poolLimit: 5120,
  keptBlocks: 100_000,
};

/** The first block: its hash tells chains of different ids apart. */
export function makeGenesis(
  options: ChainSettings,
  accounts: Readonly<Record<Address, Partial<ScriptedAccount>>>,
): ScriptedBlock {
  const changes = Object.entries(accounts).map(([address, account]): [Address, ScriptedAccount] => [
    address.toLowerCase(),
    { ...untouched(options.defaultBalance), ...account },
  ]);
  return sealBlock({
    parent: null,
    number: 0,
    timestampMs: options.genesisTimeMs,
    baseFeePerGas: options.baseFeePerGas,
    gasLimit: options.gasLimit,
    receipts: [],
    state: layerOver(null, new Map(changes)),
    extraData: `0x${options.chainId.toString(16).padStart(16, '0')}`,
  });
}
