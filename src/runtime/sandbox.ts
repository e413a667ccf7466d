import { createClient } from '@txtrail/client';
import { join } from 'node:path';
import { HttpTransport } from '../adapters/json-rpc/http-transport.ts';
import { keptKey } from '../adapters/node/key-file.ts';
import { openRunFolder } from '../adapters/node/run-folder.ts';
import { defaultRpcPort, sandboxChain } from '../config/sandbox-config.ts';
import type { SandboxConfig } from '../config/sandbox-config.ts';
import { seededRandom } from '../lib/seeded-random.ts';
import { knownWallets } from '../sandbox/accounts.ts';
import { createSandboxControl } from '../sandbox/control.ts';
import { Demo } from '../sandbox/demo.ts';
import { createDemoNode } from '../sandbox/demo-node.ts';
import { demoRivalOf } from '../sandbox/demo-rival.ts';
import { ProviderStalls } from '../sandbox/provider-stalls.ts';
import { SandboxChain } from '../sandbox/sandbox-chain.ts';
import { unlockedAccounts } from '../sandbox/unlocked-accounts.ts';
import { createScriptedChainServer } from '../scripted-chain/scripted-chain-server.ts';
import type { ScriptedChainServer } from '../scripted-chain/scripted-chain-server.ts';
import { ScriptedProvider } from '../scripted-chain/scripted-provider.ts';
import { listening } from './address-unavailable.ts';
import { startEmbedded } from './embedded.ts';
import type { Embedded, EmbeddedPlatform } from './embedded.ts';
import { nodePlatform } from './node-platform.ts';
import { Opened } from './opened.ts';

/** A sandbox that serves. */
export interface Sandbox extends Embedded {
  /** The chain's JSON-RPC. */
  readonly rpcUrl: string;
  /** Whether another port than the usual one had to be taken. */
  readonly isRpcPortOther: boolean;
  readonly key: string;
  /** The file that keeps the key; null: it was given. */
  readonly keyFile: string | null;
  readonly seed: number;
}

/** The tracker's providers. What wallets ask, at the root of the port, is a provider of its own, which never stalls. */
const trackerProviders = ['alpha', 'beta'] as const;
const walletProvider = 'wallet';
const rpcHost = '127.0.0.1';
const sandboxChainId = 31_337;

type Ports = Pick<EmbeddedPlatform, 'network' | 'listener' | 'clock' | 'scheduler' | 'random'>;

type Observed = Pick<EmbeddedPlatform, 'logger' | 'metrics'>;

/**
 * The embedded tracker over a scripted chain, with demo traffic. Its data lie in a folder of this
 * run, which goes when it ends; the key stays.
 *
 * @throws TxTrailError as `startEmbedded` does.
 */
export async function startSandbox(config: SandboxConfig, deps: Observed): Promise<Sandbox> {
  const opened = new Opened();
  try {
    return await open(config, deps, opened);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function open(config: SandboxConfig, deps: Observed, opened: Opened): Promise<Sandbox> {
  const { dataDir } = config.tracker;
  const folder = await openRunFolder(dataDir, 'sandbox');
  opened.closes(() => folder.remove());
  const platform = nodePlatform({ dataDir: folder.path }, deps);
  const keyFile = config.tracker.apiKey === null ? join(dataDir, 'sandbox-key') : null;
  const kept = keyFile === null ? null : await keptKey(keyFile, 'sandbox_', platform);
  const key = kept?.key ?? config.tracker.apiKey ?? '';
  const seed = config.seed ?? Buffer.from(platform.random.bytes(4)).readUInt32BE();

  const { chain, providers } = makeChain(config, seed, platform);
  const { server, isOther } = await serveChain(config, chain, providers, platform);
  opened.closes(() => server.stop());
  const stalls = new ProviderStalls({
    providers: providers.filter(({ name }) => name !== walletProvider),
    server,
    ...platform,
  });
  chain.start();
  opened.closes(async () => {
    chain.stop();
    stalls.stop();
  });

  const rpcUrl = new URL(server.url(walletProvider).http).origin;
  let demo: Demo | null = null;
  const control = createSandboxControl(
    { sessionKey: key, rpcUrl, blockTimeMs: config.blockTimeMs, providers: trackerProviders },
    { chain, stalls, onGasSpike: () => demo?.onGasSpike() },
  );
  const followed = trackerProviders.map((name) => ({ name, ...server.url(name) }));
  const tracker = {
    ...config.tracker,
    apiKey: key,
    dataDir: folder.path,
    chains: [sandboxChain(followed, config.blockTimeMs)],
  };
  const embedded = await startEmbedded(tracker, { ...platform, sandbox: control });
  opened.closes(() => embedded.drain());
  if (config.hasDemo) {
    const reorg = (depth: number): void => void control.reorg(depth);
    demo = startDemo({ url: embedded.url, rpcUrl, key, seed, blockTimeMs: config.blockTimeMs }, opened, {
      ...platform,
      reorg,
    });
  }
  const newKeys = { ...embedded.newKeys, apiKey: kept?.isNew === true ? key : null };
  return { ...embedded, newKeys, rpcUrl, isRpcPortOther: isOther, key, keyFile, seed, drain: () => opened.close() };
}

function makeChain(
  { blockTimeMs }: SandboxConfig,
  seed: number,
  ports: Ports,
): { readonly chain: SandboxChain; readonly providers: readonly ScriptedProvider[] } {
  const fraction = seededRandom(seed ^ 0xfa7e);
  const chain = new SandboxChain(
    { chainId: sandboxChainId, blockTimeMs },
    { ...ports, fraction, rivalOf: (transaction) => demoRivalOf(transaction, fraction) },
  );
  const wallet = new ScriptedProvider({ name: walletProvider, methods: unlockedAccounts(knownWallets) }, chain);
  const others = trackerProviders.map((name) => new ScriptedProvider({ name }, chain));
  // The first is what the root of the port answers.
  return { chain, providers: [wallet, ...others] };
}

/** The usual port where it is free and none is asked for, else any free one. */
async function serveChain(
  { rpcPort }: SandboxConfig,
  { chain }: SandboxChain,
  providers: readonly ScriptedProvider[],
  ports: Ports,
): Promise<{ readonly server: ScriptedChainServer; readonly isOther: boolean }> {
  const serve = async (port: number): Promise<ScriptedChainServer> => {
    const server = createScriptedChainServer(
      { host: rpcHost, port, isOpenToBrowsers: true },
      { chain, providers, ...ports },
    );
    await listening('rpc', { host: rpcHost, port }, () => server.start());
    return server;
  };
  if (rpcPort !== null) return { server: await serve(rpcPort), isOther: false };
  try {
    return { server: await serve(defaultRpcPort), isOther: false };
  } catch {
    // Whatever keeps us from the usual port, most often another chain that runs there, does not from every one.
    return { server: await serve(0), isOther: true };
  }
}

interface DemoPlace {
  readonly url: string;
  readonly rpcUrl: string;
  readonly key: string;
  readonly seed: number;
  readonly blockTimeMs: number;
}

function startDemo(
  { url, rpcUrl, key, seed, blockTimeMs }: DemoPlace,
  opened: Opened,
  deps: Ports & Pick<EmbeddedPlatform, 'logger'> & { readonly reorg: (depth: number) => void },
): Demo {
  const transport = new HttpTransport({ provider: 'demo', url: rpcUrl }, deps);
  const tracker = createClient({ url, key });
  const demo = new Demo(
    { chain: `eip155:${sandboxChainId}`, chainId: sandboxChainId, blockTimeMs, seed },
    { ...deps, node: createDemoNode(transport), tracker },
  );
  opened.closes(async () => {
    await demo.stop();
    await Promise.all([transport.close(), tracker.close()]);
  });
  demo.start();
  return demo;
}
