import type { Credentials } from '../ports/credentials.ts';

/** The key of `Authorization: Bearer KEY`; null: the header is absent or of another scheme. */
export function bearerKey(header: string | undefined): string | null {
  if (header === undefined) return null;
  const match = /^bearer +([^\s]+) *$/i.exec(header);
  return match?.[1] ?? null;
}

/** The tenant that the header's key belongs to; null: none. */
export function tenantOf(credentials: Credentials, header: string | undefined): string | null {
  const key = bearerKey(header);
  return key === null ? null : credentials.tenantOf(key);
}
