import type { Principal } from '../principal.js';
import type { SessionPrincipal } from './user-sessions.js';

export interface SignedAccessToken {
  readonly token: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** What sessions show with each request. */
export interface AccessTokens {
  /** Ends with its own time, and not after the session's, in milliseconds since the epoch. */
  sign(subject: {
    readonly principal: SessionPrincipal;
    readonly sessionId: string;
    readonly notAfter: number;
  }): Promise<SignedAccessToken>;
  /** Undefined where it is none of ours, or good no more. */
  read(token: string): Promise<{ readonly principal: Principal; readonly sessionId: string } | undefined>;
}

/** No access token lives longer, whatever the configuration says: for so long must be remembered what was taken back. */
export const maxAccessTokenSeconds = 3600;

/** Longer than any access token lives; and clocks differ. So long after its end, nothing that a session has shown can count. */
export const accessTokensCountMilliseconds = (maxAccessTokenSeconds + 300) * 1000;
