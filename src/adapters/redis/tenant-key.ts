/**
 * A key of a tenant's. The braces put all of a tenant's keys on one slot, so that one command may
 * take several of them. A tenant's own braces would end that early, and are escaped.
 */
export function tenantKey(prefix: string, tenant: string, kind: string, ...parts: readonly string[]): string {
  return [`${prefix}{${encodeURIComponent(tenant)}}`, kind, ...parts].join(':');
}
