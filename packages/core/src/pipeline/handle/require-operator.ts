import type { ConfiguredAuthorization } from '../../authorization-backend.js';
import { AccessDeniedError } from '../../errors.js';
import { defaultTenant } from '../../principal.js';
import type { Call } from './call.js';

/**
 * A policy is of all tenants: only the principals of one see it.
 * @throws {AccessDeniedError}
 */
export function requireOperator(
  { owner }: Call,
  { operatorTenant: tenant = defaultTenant }: ConfiguredAuthorization['backend'],
): void {
  if (owner.tenant === tenant) return;
  throw new AccessDeniedError({
    message: 'Forbidden: the policy is of all tenants, and not for one of them to see or change.',
    reason: `the policy is of all tenants: only principals of the tenant "${tenant}" ("operator_tenant") see and change it`,
  });
}
