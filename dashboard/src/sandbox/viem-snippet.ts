import type { SandboxState } from '@txtrail/protocol';

/** Sends a payment on the built-in chain and has it tracked: a file for Node, nothing left to fill in but the key. */
export function viemSnippet(sandbox: SandboxState, base: string): string {
  const [from, to] = sandbox.accounts;
  return `import { createWalletClient, http, parseEther } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

const wallet = createWalletClient({
  account: privateKeyToAccount('${from?.privateKey ?? '0x…'}'),
  chain: { ...foundry, id: ${sandbox.chainId} },
  transport: http('${sandbox.rpcUrl}'),
});
const hash = await wallet.sendTransaction({ to: '${to?.address ?? from?.address ?? '0x…'}', value: parseEther('0.1') });

await fetch('${base}/v1/transactions', {
  method: 'POST',
  headers: { authorization: \`Bearer \${process.env.KEY}\`, 'content-type': 'application/json' },
  body: JSON.stringify({ chain: '${sandbox.chain}', hash, metadata: { label: 'My first' } }),
});
console.log(hash);
`;
}

/** The same with curl alone: the node signs for its own accounts. */
export function sendCurl(sandbox: SandboxState): string {
  const [from, to] = sandbox.accounts;
  const call = { from: from?.address, to: to?.address ?? from?.address, value: '0x1' };
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendTransaction', params: [call] });
  return `curl -s '${sandbox.rpcUrl}' -H 'content-type: application/json' -d '${body}'`;
}
