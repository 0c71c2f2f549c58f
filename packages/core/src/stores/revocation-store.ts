import type { OwnerKey } from '../principal.js';

/** What was taken back, and until when that must be remembered: undefined where it is for good. Milliseconds since the epoch. */
export type Revocation = { readonly expiresAt: number | undefined } & (
  | { readonly kind: 'credential'; readonly realm: string; readonly credentialId: string }
  | { readonly kind: 'session'; readonly sessionId: string }
  /** One of the server itself, with which it signs access tokens. */
  | { readonly kind: 'signing-key'; readonly keyId: string }
  /** Everything that its credentials said before the moment; the latest such word about a principal counts. */
  | { readonly kind: 'principal'; readonly owner: OwnerKey; readonly issuedBefore: number }
);

/** What has been taken back since a place in the order of all that ever was. */
export interface RevocationsSince {
  readonly revocations: readonly Revocation[];
  /** The place to ask from next. Smaller than the one that was asked from where the database was put back to an earlier state. */
  readonly sequence: number;
}

export interface RevocationStore {
  /** Kept when it resolves, all or nothing; every process hears of it. What has run out is removed by the way. */
  add(revocations: readonly Revocation[]): Promise<void>;
  since(sequence: number): Promise<RevocationsSince>;
}
