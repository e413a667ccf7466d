import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hex } from 'viem';
import type { ChainNode, RpcBlock } from './chain-node.ts';
import { startProcess, type RunningProcess } from './child-process.ts';
import { EngineDriver } from './engine-driver.ts';
import { gethGenesis } from './geth-genesis.ts';

/** An execution payload as the Engine API carries it; only what the harness reads is named. */
export interface ExecutionPayload {
  readonly blockHash: string;
  readonly parentHash: string;
  readonly blockNumber: string;
  readonly timestamp: string;
  readonly transactions: readonly Hex[];
}

/** All that another node needs to take the block over. */
export interface BuiltBlock {
  readonly payload: ExecutionPayload;
  readonly executionRequests: readonly string[];
  readonly beaconRoot: string;
}

export interface BuildOptions {
  /** Hash of the block to build on; left out: the head. An ancestor becomes the head first. */
  readonly parent?: string;
  /** Exactly these raw transactions, whatever the pool holds; left out: what the pool offers. */
  readonly only?: readonly string[];
  /** Builds again until the block holds these hashes: the pool promotes what was sent a moment later. */
  readonly expect?: readonly string[];
  /** Seconds after the parent's timestamp. */
  readonly timestampStep?: number;
}

export interface Forkchoice {
  readonly head: string;
  /** Left out: as it was. */
  readonly safe?: string;
  readonly finalized?: string;
}

export interface GethOptions {
  readonly chainId?: number;
  /** How far `mine` keeps safe and finalized below the head; left out: `mine` leaves them alone. */
  readonly settle?: { readonly safe: number; readonly finalized: number };
}

/**
 * One geth, driven as a consensus client would. It has no peers and makes no block of its own.
 *
 * Forks: build rival blocks on a second node (`follow` gives it the common ancestors), bring them
 * over with `importBlock` and name the new head with `forkchoice`: the head then jumps from one
 * branch to the other, at any depth. Geth puts transactions of the branch that it leaves back into
 * its pool, so a rival branch that must stay without them is built from `only`, or on the second
 * node, which never heard of them. It refuses to go back more than 32 blocks or below finalized.
 */
export interface GethNode extends ChainNode {
  /** Asks the Engine API for a block and imports it, without making it the head. */
  buildBlock(options?: BuildOptions): Promise<BuiltBlock>;
  /** `buildBlock`, then makes it the head. */
  produceBlock(options?: BuildOptions & { readonly safe?: string; readonly finalized?: string }): Promise<BuiltBlock>;
  /** `engine_newPayloadV4`: known from now on, not the head. */
  importBlock(block: BuiltBlock): Promise<void>;
  forkchoice(choice: Forkchoice): Promise<void>;
  /** Takes over the other node's blocks up to this hash and makes it the head. */
  follow(other: GethNode, hash: string): Promise<void>;
  /** A block that went through this node; null: never seen here. */
  built(hash: string): BuiltBlock | null;
  head(): Promise<RpcBlock>;
}

/** The geth binary of this machine; null where there is none, and tests that need it are skipped. */
export function findGeth(): string | null {
  const places = [
    process.env.TXTRAIL_GETH,
    join(homedir(), '.cache/txtrail/geth-1.17.5/geth'),
    join(homedir(), '.cache/txtrail/geth/geth'),
  ];
  const found = places.find((place) => place !== undefined && place !== '' && existsSync(place)) ?? null;
  if (found === null)
    console.warn(`SKIPPED: no geth at any of ${places.filter(Boolean).join(', ')} (set TXTRAIL_GETH)`);
  return found;
}

/** Starts a geth at a fresh post-merge genesis. @throws Error where no binary is found */
export async function startGeth(options: GethOptions = {}): Promise<GethNode> {
  const binary = findGeth();
  if (binary === null) throw new Error('no geth on this machine');
  const chainId = options.chainId ?? 1_337_001;
  const directory = mkdtempSync(join(tmpdir(), 'txtrail-geth-'));
  const secret = randomBytes(32);
  writeFileSync(join(directory, 'jwt.hex'), secret.toString('hex'));
  writeFileSync(join(directory, 'genesis.json'), JSON.stringify(gethGenesis(chainId)));
  const initialised = spawnSync(
    binary,
    ['init', '--datadir', directory, '--state.scheme', 'hash', join(directory, 'genesis.json')],
    { encoding: 'utf8' },
  );
  if (initialised.status !== 0) throw new Error(`geth init failed: ${initialised.stderr}`);
  const child = startProcess({ name: 'geth', command: binary, args: gethArguments(directory, chainId) });
  const stop = async (): Promise<void> => {
    await child.stop(10_000);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const ports = await listeningPorts(child);
    const driver = new EngineDriver(ports, chainId, secret, options);
    await driver.begin();
    return driver.node(stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function gethArguments(directory: string, chainId: number): string[] {
  return [
    ...['--datadir', directory, '--networkid', String(chainId), '--syncmode', 'full', '--gcmode', 'archive'],
    ...['--state.scheme', 'hash', '--nodiscover', '--maxpeers', '0', '--port', '0', '--nat', 'none', '--ipcdisable'],
    ...['--http', '--http.addr', '127.0.0.1', '--http.port', '0', '--http.api', 'eth,net,web3,txpool,debug,testing'],
    ...['--ws', '--ws.addr', '127.0.0.1', '--ws.port', '0', '--ws.api', 'eth,net,web3,txpool', '--ws.origins', '*'],
    ...['--authrpc.addr', '127.0.0.1', '--authrpc.port', '0', '--authrpc.jwtsecret', join(directory, 'jwt.hex')],
    ...['--cache', '64', '--verbosity', '3', '--rpc.txfeecap', '0', '--miner.gasprice', '1'],
  ];
}

/** `HOST:PORT` of each of geth's servers. */
export interface GethAddresses {
  readonly http: string;
  readonly ws: string;
  readonly engine: string;
}

/** Geth picks free ports itself and says which: no port can be lost to another process in between. */
async function listeningPorts(child: RunningProcess): Promise<GethAddresses> {
  const [engine, http, ws] = await Promise.all([
    child.waitForLine(/HTTP server started.*endpoint=(127\.0\.0\.1:\d+).*auth=true/),
    child.waitForLine(/HTTP server started.*endpoint=(127\.0\.0\.1:\d+).*auth=false/),
    child.waitForLine(/WebSocket enabled.*url=ws:\/\/(127\.0\.0\.1:(?!.*auth=true)\d+)/),
  ]);
  return { engine: String(engine[1]), http: String(http[1]), ws: String(ws[1]) };
}
