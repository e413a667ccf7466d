// What `npm start` prints once the sandbox is ready: lines to paste into another terminal.

// Two of the accounts of the test mnemonic of Foundry and Hardhat: funded, unlocked, their keys public knowledge.
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const recipient = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';
const senderKey = '0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80';

/**
 * Lines for any POSIX shell, to be pasted one by one or all at once. Their comments are plain words:
 * an interactive zsh reads a comment like any other line, so they hold no quote, bracket or semicolon.
 * @param {{ tracker: string, rpc: string }} place URLs of the tracker and of the chain's JSON-RPC
 */
export function tourLines({ tracker, rpc }) {
  const json = "-H 'content-type: application/json'";
  const call = `{"jsonrpc":"2.0","id":1,"method":"eth_sendTransaction","params":[{"from":"${sender}","to":"${recipient}","value":"0x1"}]}`;
  const send = `HASH=$(curl -s ${rpc} ${json} -d '${call}' | grep -oE '0x[0-9a-f]{64}'); echo $HASH`;
  const track = `ID=$(txtrail v1/transactions -d '{"chain":"sandbox","hash":"'$HASH'"}' | grep -o 'tx_[0-9a-f]*' | head -n 1); echo $ID`;
  const mined = `until txtrail v1/transactions/$ID | grep -oE '"blockNumber":[0-9]+'; do sleep 1; done`;
  return `
Open ${tracker} in a browser: demo transactions are sent, replaced and reorged there all the time.

To follow transactions of your own, paste these into another terminal, one by one or all at once.

# 0. One curl for TxTrail, with the key of the sandbox, and the types of events in one line.
export KEY=$(curl -s ${tracker}/sandbox/session | cut -d '"' -f 4)
txtrail() { curl -s -H "authorization: Bearer $KEY" ${json} "${tracker}/$@"; }
types() { grep -o '"type":"[^"]*"' | cut -d '"' -f 4 | tr '\\n' ' '; echo; }

# 1. Send a transaction on the chain of the sandbox.
${send}

# 2. Have it tracked, under an id of its own.
${track}

# 3. Once it is in a block, read what became of it. The subscriber is default where none is named, and the demo has its own.
${mined}
txtrail 'v1/events?subscriber=default' | types

# 4. Send and track another, and once it is in a block take the newest three blocks away, as the button of the page does.
${send}
${track}
${mined}
txtrail sandbox/reorg -d '{"depth":3}' | grep -o '"chainId":[0-9]*'
until STORY=$(txtrail v1/transactions/$ID/history | types); echo "$STORY" | grep -q 'reorged.*included'; do sleep 1; done; echo "$STORY"

# 5. The same from viem, in this checkout. Any wallet can send to the chain under ${rpc}
node --input-type=module -e "
import { createWalletClient, http } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
const account = privateKeyToAccount('${senderKey}');
const wallet = createWalletClient({ account, chain: foundry, transport: http('${rpc}') });
const hash = await wallet.sendTransaction({ to: '${recipient}', value: 1n });
const headers = { authorization: 'Bearer $KEY', 'content-type': 'application/json' };
const body = JSON.stringify({ chain: 'sandbox', hash, confirmations: 2 });
const tracked = await fetch('${tracker}/v1/transactions', { method: 'POST', headers, body });
const { id, status } = await tracked.json();
console.log(hash, id, status);
"

What each verdict rests on: txtrail v1/transactions/$ID/history. The same events over WebSocket: ${tracker.replace(/^http/, 'ws')}/v1/ws.
Ctrl-C ends everything; the chain is a new one at the next start, the key stays.
`;
}
