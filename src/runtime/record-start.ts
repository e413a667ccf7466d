import { hash } from 'node:crypto';
import type { Config } from '../config/config.ts';
import type { NewAuditEntry } from '../core/audit/audit-entry.ts';
import { canonicalJson } from '../lib/canonical-json.ts';
import { redactUrls } from '../lib/redact-urls.ts';
import type { AuditTrail } from '../ports/audit-trail.ts';
import type { NewKeys } from '../ports/credentials.ts';

export interface Started {
  readonly config: Config;
  readonly version: string;
  readonly newKeys: NewKeys;
}

/** Leaves in the audit trail that a process began, with which version and configuration, and which keys it made. */
export async function recordStart(audit: AuditTrail, { config, version, newKeys }: Started): Promise<void> {
  const entry = (action: string, subject: string, more: Partial<NewAuditEntry> = {}): NewAuditEntry => ({
    actor: 'node',
    from: null,
    action,
    subject,
    tenant: null,
    facts: {},
    ...more,
  });
  const facts = { version, mode: config.mode, configuration: configurationDigest(config) };
  await audit.append([
    ...(newKeys.apiKey === null ? [] : [entry('key.made', 'api key', { tenant: 'default' })]),
    ...(newKeys.adminKey === null ? [] : [entry('key.made', 'admin key')]),
    entry('node.started', config.mode === 'embedded' ? config.dataDir : config.roles.join(','), { facts }),
  ]);
}

/** Changes with the configuration and tells nothing of it: no key, and of a URL no more than the host, goes in. */
function configurationDigest(config: Config): string {
  const keys = { apiKey: config.apiKey !== null, adminKey: config.adminKey !== null };
  return hash('sha256', redactUrls(canonicalJson({ ...config, ...keys })), 'hex');
}
