import { allowedBy, allowsAll, allowsSome, deniedBy, deniedByDefault, deniedOfAny } from '../decision-reasons.js';

/** What the audit trail says of a decision. */
export interface RecordedReasons {
  readonly code: string | null;
  readonly reason: string | null;
  readonly policyId: string | null;
}

/**
 * What a policy has decided, by the audit trail; undefined where something else did: another backend, the scopes of the
 * credential, or a route that everybody may use.
 */
export function recordedEffect(
  file: string,
  { code, reason, policyId }: RecordedReasons,
): 'allow' | 'deny' | undefined {
  const place = policyId?.startsWith(`${file}:`) === true ? policyId : undefined;
  if (code !== 'ACCESS_DENIED') {
    const isAllowed = place !== undefined || (policyId === null && withoutRule(file).includes(reason ?? ''));
    return isAllowed ? 'allow' : undefined;
  }
  if (policyId === null) return reason === deniedByDefault || reason === deniedOfAny ? 'deny' : undefined;
  if (place === undefined) return undefined;
  // Else the rule has allowed the request, and something more that it needed was denied.
  return reason === deniedBy(place) ? 'deny' : 'allow';
}

/** What a policy says that allows, where no single rule does. */
function withoutRule(file: string): readonly string[] {
  return [allowedBy(file), allowsAll(file), allowsSome(file)];
}
