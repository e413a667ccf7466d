import type { ChainConfig, Config, ProviderConfig } from '../config/config.ts';

/** A configuration as a file for people: what was chosen, what else there is, and why one would change it. */
export function configText(config: Config): string {
  return [
    '# Configuration of TxTrail. Start it with: txtrail start --config FILE',
    '# Flags and variables (TXTRAIL_…) win over this file; docs/reference/config.md has every option.',
    '# Keys of clients do not stand here: TXTRAIL_API_KEY, or the one that the first start prints.',
    '',
    '# Everything that was promised is kept in this folder. One process owns it; back it up while it is stopped.',
    `dataDir: ${quoted(config.dataDir)}`,
    '',
    '# Where clients are served. Other machines reach it only with another host, such as 0.0.0.0.',
    `server: { host: ${quoted(config.server.host)}, port: ${config.server.port} }`,
    '',
    '# /healthz, /readyz and /metrics, for you alone.',
    `admin: { host: ${quoted(config.admin.host)}, port: ${config.admin.port} }`,
    '',
    'chains:',
    ...config.chains.flatMap(chainLines),
    '',
    '# What is logged to stderr: debug, info, warn, error or silent.',
    `logLevel: ${config.logLevel}`,
    '',
  ].join('\n');
}

function chainLines(chain: ChainConfig): readonly string[] {
  return [
    `  - chain: ${quoted(chain.name ?? chain.chain)}`,
    '    # When "confirmed" is said: a count, safe or finalized. A registration may ask for another.',
    `    confirmations: ${chain.confirmations}`,
    '    # Counts before it that are told as well.',
    `    thresholds: [${chain.thresholds.join(', ')}]`,
    '    # The expected time between blocks, milliseconds.',
    `    blockTimeMs: ${chain.blockTimeMs}`,
    "    # What counts as final: the chain's own tag, or a depth in blocks where nodes have no such tag.",
    `    finality: ${chain.finality}`,
    '    # The first leads; the others take over when it fails or falls behind. They may belong to different companies.',
    '    providers:',
    ...chain.providers.map((provider) => `      - ${providerText(provider)}`),
  ];
}

function providerText({ name, http, ws, role }: ProviderConfig): string {
  const members = [
    `name: ${quoted(name)}`,
    ...(http === null ? [] : [`http: ${quoted(http)}`]),
    ...(ws === null ? [] : [`ws: ${quoted(ws)}`]),
    `role: ${role}`,
  ];
  return `{ ${members.join(', ')} }`;
}

/** A JSON string is a YAML string, whatever is in it. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
