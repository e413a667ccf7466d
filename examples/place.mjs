// Where the examples find TxTrail and its chain: the sandbox of this machine, unless the environment says otherwise.

export const url = process.env.TXTRAIL_URL ?? 'http://127.0.0.1:8080';
export const rpcUrl = process.env.TXTRAIL_RPC_URL ?? 'http://127.0.0.1:8545';
export const key = process.env.TXTRAIL_API_KEY ?? (await sandboxKey());

/** A key of the test mnemonic of Foundry and Hardhat: public knowledge, funded on the sandbox's chain. */
export const privateKey =
  process.env.PRIVATE_KEY ?? '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';
export const recipient = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

/** The sandbox tells its key to pages and programs of its own machine. */
async function sandboxKey() {
  const answer = await fetch(`${url}/sandbox/session`);
  if (!answer.ok) throw new Error(`${url} is no sandbox: give the key in TXTRAIL_API_KEY`);
  return (await answer.json()).key;
}

/** As the page's button does: the newest blocks are replaced by others. */
export async function reorg(depth) {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/sandbox/reorg`, { method: 'POST', headers, body: JSON.stringify({ depth }) });
  if (!answer.ok) throw new Error(`the reorg was refused: ${await answer.text()}`);
}
