import { MemoryAuditTrail } from '../../../src/adapters/memory/memory-audit-trail.ts';
import { MemoryTenantStore } from '../../../src/adapters/memory/memory-tenant-store.ts';
import type { Administration } from '../../../src/adapters/sqlite/open-administration.ts';
import type { Clock } from '../../../src/ports/clock.ts';

/**
 * Keys and audit trail of the machine, durable at once: they outlive each process, and no fault of
 * the disk strikes them. SQLite would write past the simulated disk.
 */
export function simulatedAdministration(clock: Clock): Administration {
  return { audit: new MemoryAuditTrail({ clock }), tenants: new MemoryTenantStore(), close: async () => undefined };
}
