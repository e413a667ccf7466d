import { auditTrailSuite } from '../../../test/conformance/audit-trail.ts';
import { tenantStoreSuite } from '../../../test/conformance/tenant-store.ts';
import { MemoryAuditTrail } from './memory-audit-trail.ts';
import { MemoryTenantStore } from './memory-tenant-store.ts';

auditTrailSuite('memory', async (deps) => {
  const audit = new MemoryAuditTrail(deps);
  return { audit, otherNode: audit, dispose: async () => undefined };
});

tenantStoreSuite('memory', async () => {
  const tenants = new MemoryTenantStore();
  return { tenants, otherNode: tenants, dispose: async () => undefined };
});
