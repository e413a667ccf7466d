import { createHmac, randomBytes } from 'node:crypto';
import { parseTransaction } from 'viem';
import { blockAt, type RpcBlock } from './chain-node.ts';
import type {
  BuildOptions,
  BuiltBlock,
  ExecutionPayload,
  Forkchoice,
  GethAddresses,
  GethNode,
  GethOptions,
} from './geth.ts';
import { createJsonRpc, type JsonRpc } from './json-rpc.ts';
import { waitUntil } from './wait-until.ts';

/** Speaks the Engine API and remembers every block that it carried, so that others can take them over. */
export class EngineDriver {
  readonly #rpc: JsonRpc;
  readonly #engine: JsonRpc;
  readonly #addresses: GethAddresses;
  readonly #chainId: number;
  readonly #options: GethOptions;
  readonly #blocks = new Map<string, BuiltBlock>();
  #choice: Required<Forkchoice> = { head: '', safe: zeroHash, finalized: zeroHash };
  /** Goes into each block, so that two blocks on one parent differ even where their transactions do not. */
  #salt: number;

  constructor(addresses: GethAddresses, chainId: number, secret: Buffer, options: GethOptions) {
    this.#addresses = addresses;
    this.#chainId = chainId;
    this.#options = options;
    this.#salt = randomBytes(4).readUInt32BE();
    this.#rpc = createJsonRpc(`http://${addresses.http}`);
    this.#engine = createJsonRpc(`http://${addresses.engine}`, () => ({
      authorization: `Bearer ${engineToken(secret)}`,
    }));
  }

  /** The first forkchoice tells geth that it is in sync: before it, the pool refuses transactions. */
  async begin(): Promise<void> {
    const genesis = await blockAt(this.#rpc, 0);
    await this.forkchoice({ head: String(genesis?.hash) });
  }

  node(stop: () => Promise<void>): GethNode {
    const chainId = this.#chainId;
    return {
      name: 'geth',
      chainId,
      chain: `eip155:${chainId}`,
      httpUrl: `http://${this.#addresses.http}`,
      wsUrl: `ws://${this.#addresses.ws}`,
      rpc: this.#rpc,
      send: (raw) => this.#send(raw),
      mine: (count) => this.#mine(count ?? 1),
      buildBlock: (options) => this.buildBlock(options),
      produceBlock: (options) => this.#produceBlock(options),
      importBlock: (block) => this.importBlock(block),
      forkchoice: (choice) => this.forkchoice(choice),
      follow: (other, hash) => this.#follow(other, hash),
      built: (hash) => this.#blocks.get(hash) ?? null,
      head: async () => (await blockAt(this.#rpc, 'latest')) as RpcBlock,
      stop,
    };
  }

  async forkchoice(choice: Forkchoice): Promise<void> {
    this.#choice = { ...this.#choice, ...choice };
    await this.#chooseHead(null);
    const shown = await blockAt(this.#rpc, 'latest');
    if (shown?.hash !== choice.head)
      throw new Error(`geth did not take ${choice.head} as head, it stays at ${shown?.hash}`);
  }

  async importBlock(block: BuiltBlock): Promise<void> {
    const { payload, beaconRoot, executionRequests } = block;
    const answer = await this.#engine.call<{ readonly status: string; readonly validationError?: string }>(
      'engine_newPayloadV4',
      [payload, blobHashes(payload), beaconRoot, executionRequests],
    );
    if (answer.status !== 'VALID')
      throw new Error(`geth calls ${payload.blockHash} ${answer.status}: ${answer.validationError}`);
    this.#blocks.set(payload.blockHash, block);
  }

  async buildBlock(options: BuildOptions = {}): Promise<BuiltBlock> {
    if (options.parent !== undefined && options.parent !== this.#choice.head) {
      await this.forkchoice({ head: options.parent });
    }
    const wanted = options.expect ?? [];
    const block = await waitUntil(
      async () => {
        const built =
          options.only === undefined ? await this.#fromPool(options) : await this.#fromList(options, options.only);
        await this.importBlock(built);
        if (wanted.length === 0) return built;
        const { transactions } = (await this.#rpc.call<RpcBlock>('eth_getBlockByHash', [
          built.payload.blockHash,
          false,
        ])) ?? {
          transactions: [],
        };
        return wanted.every((hash) => transactions.includes(hash)) ? built : null;
      },
      { what: `a block with ${wanted.join(', ')}` },
    );
    return block;
  }

  async #produceBlock(
    options: BuildOptions & { readonly safe?: string; readonly finalized?: string } = {},
  ): Promise<BuiltBlock> {
    const block = await this.buildBlock(options);
    await this.forkchoice({
      head: block.payload.blockHash,
      ...(options.safe === undefined ? {} : { safe: options.safe }),
      ...(options.finalized === undefined ? {} : { finalized: options.finalized }),
    });
    return block;
  }

  async #mine(count: number): Promise<void> {
    for (let mined = 0; mined < count; mined += 1) {
      const { payload } = await this.buildBlock();
      const { settle } = this.#options;
      await this.forkchoice({
        head: payload.blockHash,
        ...(settle === undefined
          ? {}
          : {
              safe: this.#ancestor(payload, settle.safe) ?? this.#choice.safe,
              finalized: this.#ancestor(payload, settle.finalized) ?? this.#choice.finalized,
            }),
      });
    }
  }

  /** The hash that many blocks below; null where this node did not carry it. */
  #ancestor(payload: ExecutionPayload, depth: number): string | null {
    let block: ExecutionPayload | undefined = payload;
    for (let step = 0; step < depth; step += 1) block = this.#blocks.get(String(block?.parentHash))?.payload;
    return block?.blockHash ?? null;
  }

  /** The ordinary way: forkchoice with attributes starts the building, `getPayload` takes what came of it. */
  async #fromPool(options: BuildOptions): Promise<BuiltBlock> {
    const attributes = await this.#attributes(options);
    const payloadId = await this.#chooseHead(attributes);
    if (payloadId === null) throw new Error('geth started no payload');
    // Geth first has an empty block and the full one a moment later.
    await new Promise((resolve) => setTimeout(resolve, buildDelayMs));
    const answer = await this.#engine.call<PayloadAnswer>('engine_getPayloadV5', [payloadId]);
    return builtBlock(answer, attributes);
  }

  /** Geth's own testing call builds from a list instead of the pool; only on top of the head. */
  async #fromList(options: BuildOptions, transactions: readonly string[]): Promise<BuiltBlock> {
    const attributes = await this.#attributes(options);
    const answer = await this.#rpc.call<PayloadAnswer>('testing_buildBlockV1', [
      this.#choice.head,
      attributes,
      transactions,
      '0x',
    ]);
    return builtBlock(answer, attributes);
  }

  async #attributes(options: BuildOptions): Promise<PayloadAttributes> {
    const parent = await this.#rpc.call<RpcBlock>('eth_getBlockByHash', [this.#choice.head, false]);
    this.#salt += 1;
    return {
      timestamp: `0x${(Number(parent.timestamp) + (options.timestampStep ?? 12)).toString(16)}`,
      prevRandao: `0x${this.#salt.toString(16).padStart(64, '0')}`,
      suggestedFeeRecipient: '0x0000000000000000000000000000000000fee000',
      withdrawals: [],
      parentBeaconBlockRoot: zeroHash,
    };
  }

  async #chooseHead(attributes: PayloadAttributes | null): Promise<string | null> {
    const { head, safe, finalized } = this.#choice;
    const answer = await this.#engine.call<{
      readonly payloadStatus: { readonly status: string; readonly validationError?: string };
      readonly payloadId: string | null;
    }>('engine_forkchoiceUpdatedV3', [
      { headBlockHash: head, safeBlockHash: safe, finalizedBlockHash: finalized },
      attributes,
    ]);
    const { status, validationError } = answer.payloadStatus;
    if (status !== 'VALID') throw new Error(`geth calls the forkchoice to ${head} ${status}: ${validationError}`);
    return answer.payloadId;
  }

  async #follow(other: GethNode, hash: string): Promise<void> {
    const missing: BuiltBlock[] = [];
    for (let block = other.built(hash); block !== null && !this.#blocks.has(block.payload.blockHash); ) {
      missing.push(block);
      block = other.built(block.payload.parentHash);
    }
    for (const block of missing.reverse()) await this.importBlock(block);
    await this.forkchoice({ head: hash });
  }

  async #send(raw: string): Promise<string> {
    const hash = await this.#rpc.call<string>('eth_sendRawTransaction', [raw]);
    await waitUntil(() => this.#rpc.call('eth_getTransactionByHash', [hash]), { what: `the pool to show ${hash}` });
    return hash;
  }
}

/** How long geth gets to fill a block from its pool. `expect` covers the case that it was too short. */
const buildDelayMs = 60;

const zeroHash = `0x${'0'.repeat(64)}`;

interface PayloadAttributes {
  readonly timestamp: string;
  readonly prevRandao: string;
  readonly suggestedFeeRecipient: string;
  readonly withdrawals: readonly [];
  readonly parentBeaconBlockRoot: string;
}

interface PayloadAnswer {
  readonly executionPayload: ExecutionPayload;
  readonly executionRequests?: readonly string[] | null;
}

function builtBlock(answer: PayloadAnswer, attributes: PayloadAttributes): BuiltBlock {
  return {
    payload: answer.executionPayload,
    executionRequests: answer.executionRequests ?? [],
    beaconRoot: attributes.parentBeaconBlockRoot,
  };
}

/** The versioned hashes of the payload's blob transactions, in order, as `newPayload` wants them beside it. */
function blobHashes(payload: ExecutionPayload): readonly string[] {
  return payload.transactions
    .filter((raw) => raw.startsWith('0x03'))
    .flatMap(
      (raw) =>
        (parseTransaction(raw) as { readonly blobVersionedHashes?: readonly string[] }).blobVersionedHashes ?? [],
    );
}

/** HS256 over an `iat` of now, as the Engine API's authentication asks. */
function engineToken(secret: Buffer): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ iat: Math.floor(Date.now() / 1000) })}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}
