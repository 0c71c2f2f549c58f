import type { Principal } from './principal.js';

/** What may have been taken back: a credential, or everything that one principal was given before a moment. */
export interface Revocable {
  /** Whose it is; and in a question of its own, each who acts for them. */
  readonly principal: Principal;
  /** Names the credential and is not secret: a token's `jti`, a key's id. */
  readonly credentialId?: string | undefined;
  /** The session that it is of. */
  readonly sessionId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly issuedAt?: number | undefined;
}

/**
 * Knows what has been taken back. It is asked for every accepted credential, also for one that a backend remembers, and so
 * answers from memory, at once. A throw refuses the request with 503.
 */
export interface RevocationSource {
  isRevoked(credential: Revocable): boolean;
  /**
   * Calls as soon as more is revoked, until the function that it returns is called: what goes on is then asked about at once, and not
   * only at its next look. Absent where nothing is ever revoked.
   */
  onChange?(listener: () => void): () => void;
}

/** Takes nothing back: for a server whose credentials end only by themselves. */
export const noRevocations: RevocationSource = { isRevoked: () => false };
