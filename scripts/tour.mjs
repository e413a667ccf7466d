// What `npm start` prints once TxTrail is ready: lines to paste into another terminal.

// Two of the accounts that anvil always makes and unlocks; their keys are public knowledge.
const sender = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const recipient = '0x70997970c51812dc3a010c7d01b50e0d17dc79c8';

/**
 * @param {{ tracker: string, rpc: string, key: string, chain: string }} place URLs of the tracker
 *   and of the chain's RPC endpoint, the key and the chain's CAIP-2 id
 */
export function tourLines({ tracker, rpc, key, chain }) {
  const json = "-H 'content-type: application/json'";
  const authorized = `-H 'authorization: Bearer ${key}'`;
  const call = (method, parameters) =>
    `curl -s ${rpc} ${json} -d '{"jsonrpc":"2.0","id":1,"method":"${method}","params":${parameters}}'`;
  const result = `sed 's/.*"result":"\\(0x[0-9a-f]*\\)".*/\\1/'`;
  const transfer = `[{"from":"${sender}","to":"${recipient}","value":"0x1"}]`;
  const raw = `RAW=$(${call('eth_getRawTransactionByHash', `["'$HASH'"]`)} | ${result})`;
  return `
Try it: paste these into another terminal.

# 1. Send a transaction on the local chain.
HASH=$(${call('eth_sendTransaction', transfer)} | ${result}); echo $HASH

# 2. Have it tracked.
curl -s ${tracker}/v1/transactions ${authorized} ${json} -d '{"chain":"${chain}","hash":"'$HASH'"}'; echo

# 3. Read what became of it (nextCursor of the answer, as &cursor=, gives what comes after).
curl -s '${tracker}/v1/events?wait=10' ${authorized}; echo

# 4. Rewrite the last three blocks, the transaction moved into the newest, and read on. A block is final
#    after 16 s, so repeat 1 and 2 first if they are older than a few seconds.
${raw}
${call('anvil_reorg', `[3,[["'$RAW'",2]]]`)}; echo
curl -s '${tracker}/v1/events?wait=10' ${authorized}; echo

The same over WebSocket: ${tracker.replace(/^http/, 'ws')}/v1/ws. Ctrl-C ends the tracker and the chain.
`;
}
