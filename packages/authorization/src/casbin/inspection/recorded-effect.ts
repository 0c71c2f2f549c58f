import { deniedBy, deniedByDefault } from '../decision-reasons.js';

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
  if (code !== 'ACCESS_DENIED') return place === undefined ? undefined : 'allow';
  const isDenied = reason === deniedByDefault || (place !== undefined && reason === deniedBy(place));
  return isDenied ? 'deny' : undefined;
}
