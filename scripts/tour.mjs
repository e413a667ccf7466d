// What `npm start` prints once TxTrail is ready: lines to paste into another terminal.

// Two of the accounts that anvil always makes and unlocks; their keys are public knowledge.
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const recipient = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';

/**
 * Lines for any POSIX shell, to be pasted one by one or all at once. Their comments are plain words:
 * an interactive zsh reads a comment like any other line.
 * @param {{ tracker: string, rpc: string, key: string, chain: string }} place URLs of the tracker
 *   and of the chain's RPC endpoint, the key and the chain's CAIP-2 id
 */
export function tourLines({ tracker, rpc, key, chain }) {
  const json = "-H 'content-type: application/json'";
  const send = `HASH=$(chain eth_sendTransaction '{"from":"${sender}","to":"${recipient}","value":"0x1"}'); echo $HASH`;
  const track = `ID=$(txtrail transactions -d '{"chain":"${chain}","hash":"'$HASH'"}' | grep -o 'tx_[0-9a-f]*' | head -n 1); echo $ID`;
  const mined = `until BLOCK=$(txtrail "transactions?hash=$HASH" | grep -oE '"blockNumber":[0-9]+'); do sleep 1; done; echo $BLOCK`;
  return `
Try it: paste these into another terminal, one by one or all at once.

# 0. The key, one curl for TxTrail, one for the chain, and the types of events in one line.
export KEY=${key}
txtrail() { curl -s -H "authorization: Bearer $KEY" ${json} "${tracker}/v1/$@"; }
chain() { curl -s ${rpc} ${json} -d '{"jsonrpc":"2.0","id":1,"method":"'$1'","params":['"$2"']}' | grep -o '0x[0-9a-f]*' | head -n 1; }
types() { grep -o '"type":"[^"]*"' | cut -d '"' -f 4 | tr '\\n' ' '; }

# 1. Send a transaction on the local chain.
${send}

# 2. Have it tracked, under an id of its own.
${track}

# 3. Once it is in a block, read what became of it, and keep the cursor to read on from there.
${mined}
EVENTS=$(txtrail 'events?limit=500'); echo "$EVENTS" | types; echo
CURSOR=$(echo "$EVENTS" | grep -o '"nextCursor":"[^"]*"' | cut -d '"' -f 4)

# 4. Send and track another, wait for its block, then rewrite the chain from that block on, with the
# transaction in the newest block instead. Paste it whole, a block is final after 16 s. Earlier blocks stay.
${send}
${track}
${mined}
RAW=$(chain eth_getRawTransactionByHash '"'$HASH'"'); sleep 2; AGE=$(($(chain eth_blockNumber) - ${'${BLOCK##*:}'}))
chain anvil_reorg "$((AGE + 1)),[[\\"$RAW\\",$AGE]]"
until STORY=$(txtrail "events?wait=10&cursor=$CURSOR&transaction=$ID" | types); echo "$STORY" | grep -q 'reorged.*included'; do sleep 1; done; echo "$STORY"

What each verdict rests on: txtrail transactions/$ID/history. The same events over WebSocket: ${tracker.replace(/^http/, 'ws')}/v1/ws.
Ctrl-C ends the tracker and the chain.
`;
}
