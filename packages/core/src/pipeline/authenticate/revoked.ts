import { actingPrincipals } from '../../acting-principals.js';
import type { AuthenticatedResult } from '../../base-auth.js';
import { UnavailableError } from '../../errors.js';
import type { RevocationSource } from '../../revocation-source.js';

/**
 * Every credential, remembered or new: whoever has been turned out is out with the next request. So is whoever acts, or has acted
 * before: who was turned out has had a hand in how the credential came to be.
 * @throws {UnavailableError} if it cannot be told
 */
export function isRevoked({ principal, evidence }: AuthenticatedResult, revocations: RevocationSource): boolean {
  try {
    const everybody = [principal, ...actingPrincipals(principal)];
    return everybody.some((one) => revocations.isRevoked({ principal: one, ...evidence }));
  } catch (error) {
    throw new UnavailableError({ reason: 'the source of revocations threw', cause: error });
  }
}
