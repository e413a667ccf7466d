import { sandboxHelp } from '../config/option-help.ts';
import { loadSandboxConfig } from '../config/sandbox-config.ts';
import type { SandboxConfig } from '../config/sandbox-config.ts';
import type { Sandbox } from '../runtime/sandbox.ts';
import type { CommandOutput } from './command-output.ts';
import { processDeps, runServer } from './run-server.ts';
import type { ServerCommand, ServerDeps } from './run-server.ts';

export interface SandboxDeps extends ServerDeps {
  readonly start: ServerCommand<SandboxConfig>['start'];
}

const sandboxDeps: SandboxDeps = {
  ...processDeps,
  start: async (config, deps, _end, onNewKeys) => {
    const sandbox = await (await import('../runtime/sandbox.ts')).startSandbox(config, deps);
    onNewKeys(sandbox.newKeys);
    return { ...sandbox, notes: sandboxNotes(sandbox, config) };
  },
};

/** `txtrail sandbox`: the tracker over a chain of its own. */
export function runSandbox(
  args: readonly string[],
  output: CommandOutput,
  deps: SandboxDeps = sandboxDeps,
): Promise<number> {
  const { start } = deps;
  const logLevel = (config: SandboxConfig) => config.tracker.logLevel;
  return runServer({ help: sandboxHelp, load: loadSandboxConfig, logLevel, start }, args, output, deps);
}

/** What a person needs to begin. */
export function sandboxNotes(
  sandbox: Pick<Sandbox, 'url' | 'rpcUrl' | 'isRpcPortOther' | 'keyFile' | 'seed'>,
  { blockTimeMs, hasDemo }: Pick<SandboxConfig, 'blockTimeMs' | 'hasDemo'>,
): readonly string[] {
  const { url, rpcUrl, isRpcPortOther, keyFile, seed } = sandbox;
  const usualPort = '            (the usual port 8545 is in use, so this is another one)';
  const key = keyFile === null ? 'in TXTRAIL_API_KEY' : `in ${keyFile}`;
  const demo = hasDemo ? `--seed ${seed} plays it again; --no-demo leaves it out` : 'none';
  return [
    '',
    `  Page      ${url}`,
    `  Chain     ${rpcUrl}  JSON-RPC for every wallet; chain id 31337, a block every ${blockTimeMs / 1000} s`,
    ...(isRpcPortOther ? [usualPort] : []),
    `  API       ${url}/v1  the key is ${key}`,
    `  Demo      ${demo}`,
    '  Try       send a transaction from an unlocked account, and see docs/guides/sandbox.md for more:',
    `            ${sendLine(rpcUrl)}`,
    '',
  ];
}

function sendLine(rpcUrl: string): string {
  const [from, to] = ['0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266', '0x70997970c51812dc3a010c7d01b50e0d17dc79c8'];
  const call = { jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [{ from, to, value: '0x1' }] };
  return `curl -s ${rpcUrl} -H 'content-type: application/json' -d '${JSON.stringify(call)}'`;
}
