/** The example of each call by its operation: what stands behind `curl`, with URL, KEY and ID from the environment. */
export const httpExamples: Readonly<Record<string, string>> = {
  trackTransaction: post('/v1/transactions', {
    chain: 'ethereum',
    hash: '0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060',
    subscriber: 'user-4711',
    confirmations: 12,
  }),
  trackBatch: post('/v1/transactions/batch', {
    transactions: [
      { chain: 'ethereum', hash: `0x${'11'.repeat(32)}` },
      { chain: 'ethereum', hash: `0x${'22'.repeat(32)}` },
    ],
  }),
  listTransactions: get('/v1/transactions?subscriber=user-4711&limit=10'),
  getTransaction: get('/v1/transactions/$ID'),
  changeTransaction: post('/v1/transactions/$ID', { confirmations: 20, metadata: { order: 17 } }, 'PATCH'),
  untrackTransaction: `curl -s -X DELETE "$URL/v1/transactions/$ID" -H "authorization: Bearer $KEY"`,
  refreshTransaction: `curl -s -X POST "$URL/v1/transactions/$ID/refresh" -H "authorization: Bearer $KEY"`,
  getTransactionHistory: get('/v1/transactions/$ID/history'),
  readEvents: get('/v1/events?subscriber=user-4711&wait=1'),
  streamEvents: `curl -sN "$URL/v1/events/stream?subscriber=user-4711" -H "authorization: Bearer $KEY"`,
  acknowledgeEvents: post('/v1/events/ack', { subscriber: 'user-4711', cursor: '$CURSOR' }),
  listChains: get('/v1/chains'),
  getChain: get('/v1/chains/ethereum'),
  makeToken: post('/v1/tokens', { subscriber: 'user-4711', ttlSeconds: 900 }),
  getOpenApi: 'curl -s "$URL/openapi.json"',
  getAsyncApi: 'curl -s "$URL/asyncapi.json"',
};

function get(path: string): string {
  return `curl -s "$URL${path}" -H "authorization: Bearer $KEY"`;
}

function post(path: string, body: object, method = 'POST'): string {
  // Within single quotes a shell leaves everything as it is, so a variable stands outside of them.
  const json = JSON.stringify(body).replaceAll(/\$\w+/g, (name) => `'"${name}"'`);
  const how = method === 'POST' ? '' : `-X ${method} `;
  return `curl -s ${how}"$URL${path}" -H "authorization: Bearer $KEY" -H 'content-type: application/json' \\\n  -d '${json}'`;
}
