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
  start: async (config, deps) => {
    const sandbox = await (await import('../runtime/sandbox.ts')).startSandbox(config, deps);
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
  return [
    '',
    `  Chain     ${rpcUrl}  JSON-RPC, chain id 31337, a block every ${blockTimeMs / 1000} s`,
    ...(isRpcPortOther ? ['            (the usual port 8545 is in use, so this is another one)'] : []),
    `  API       ${url}/v1  key: ${keyFile === null ? 'TXTRAIL_API_KEY' : `in ${keyFile}`}`,
    `  Demo      ${hasDemo ? `--seed ${seed} plays it again; --no-demo leaves it out` : 'none'}`,
    '',
    '  Send a transaction (the accounts of Foundry and Hardhat are funded and unlocked):',
    `    curl -s ${rpcUrl} -H 'content-type: application/json' -d '{"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction",` +
      `"params":[{"from":"0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266","to":"0x70997970c51812dc3a010c7d01b50e0d17dc79c8","value":"0x1"}]}'`,
    '  Have it tracked:',
    `    curl -s ${url}/v1/transactions -H "authorization: Bearer ${keyFile === null ? '$TXTRAIL_API_KEY' : `$(cat ${keyFile})`}" ` +
      `-H 'content-type: application/json' -d '{"chain":"sandbox","hash":"0x…"}'`,
    '',
  ];
}
